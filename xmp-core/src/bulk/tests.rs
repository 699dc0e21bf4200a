#![allow(clippy::unwrap_used, reason = "a test tells by a panic")]

use proptest::prelude::*;
use serde_json::json;

use super::{BulkReport, BulkRow, RowOutcome, RowReport};
use crate::{AccountId, Fold, Gap, Priority, Problem, Visibility, When};

const ACCOUNT: &str = "acc_019aa000000070008000000000000001";
const OTHER: &str = "acc_019aa000000070008000000000000002";

fn problems(row: &BulkRow) -> Vec<(&str, &str, &str)> {
    row.problems.iter().map(|problem| (&*problem.field, problem.rule, &*problem.value)).collect()
}

#[test]
fn all_columns_are_read() {
    let csv = format!(
        "key,text,text2,accounts,when,zone,gap,fold,expires,priority,labels,campaign,language,visibility,sensitive,warning,metadata.Order\n\
         a,\"one, two\",three,{ACCOUNT}; {OTHER},2026-03-29T02:30,Europe/Berlin,shift,first,2026-12-31T00:00:00Z,\
         High,news|spring,launch,en,followers,yes,careful,7\n"
    );
    let [row] = &BulkRow::from_csv(csv).unwrap()[..] else { panic!("one row") };
    assert_eq!((row.key.as_str(), row.line, problems(row)), ("a", Some(2), vec![]));
    let draft = &row.draft;
    assert_eq!(draft.parts.iter().map(|part| &*part.text).collect::<Vec<_>>(), ["one, two", "three"]);
    let ids: [AccountId; 2] = [ACCOUNT, OTHER].map(|id| id.parse().unwrap());
    assert_eq!(draft.accounts, ids);
    assert_eq!(draft.when, When::local_with("2026-03-29T02:30", "Europe/Berlin", Gap::Shift, Fold::First));
    assert_eq!(draft.expires, Some(When::At("2026-12-31T00:00:00Z".parse().unwrap())));
    assert_eq!(draft.priority, Priority::High);
    assert_eq!(
        (&draft.labels[..], draft.campaign.as_deref()),
        (&["news".to_owned(), "spring".to_owned()][..], Some("launch"))
    );
    assert_eq!(draft.showing.language.as_deref(), Some("en"));
    assert_eq!(draft.showing.visibility, Some(Visibility::Followers));
    assert_eq!((draft.showing.sensitive, draft.showing.warning.as_deref()), (true, Some("careful")));
    assert_eq!(draft.metadata.get("Order").map(String::as_str), Some("7"));
}

#[test]
fn tables_of_all_programs_are_read() {
    let texts = |csv: &str| -> Vec<_> {
        let rows = BulkRow::from_csv(csv).unwrap();
        let told = |row: &BulkRow| (row.line.unwrap(), row.key.clone(), row.draft.parts[0].text.clone());
        rows.iter().map(told).collect()
    };
    let expected = [(2, "a", "one"), (3, "b", "two\nlines"), (6, "c", "three")]
        .map(|(line, key, text)| (line, key.to_owned(), text.to_owned()));
    assert_eq!(texts("key,text\na,one\nb,\"two\nlines\"\n\nc,three"), expected);
    assert_eq!(texts("\u{feff}Key;Text\na;one\nb;\"two\nlines\"\n;\nc;three\n"), expected);
    assert_eq!(texts("key\ttext\na\tone\nb\t\"two\nlines\"\n\t\nc\tthree\n"), expected);
    let crlf = [(2, "a".to_owned(), "one".to_owned()), (3, "b".to_owned(), "a \"b\"".to_owned())];
    assert_eq!(texts("key,text\r\na,one\r\nb,\"a \"\"b\"\"\"\r\n"), crlf);
}

#[test]
fn what_is_wrong_with_a_row_stands_there() {
    let csv = "key,text,account,when,priority,sensitive\n\
               a,one,acc_1,tomorrow,highest,perhaps\n\
               b,two,,2026-12-24T09:00,,\n\
               c,three\n\
               d,four,,now,low,no\n";
    let rows = BulkRow::from_csv(csv).unwrap();
    assert_eq!(
        problems(&rows[0]),
        [
            ("accounts", "row.entry", "\"acc_1\""),
            ("when", "row.when", "\"tomorrow\""),
            ("priority", "row.word", "\"highest\""),
            ("sensitive", "row.word", "\"perhaps\""),
        ]
    );
    assert_eq!(rows[0].problems[2].limit, "low, normal, high, urgent");
    assert_eq!(problems(&rows[1]), [("when", "row.when", "\"2026-12-24T09:00\"")]);
    assert_eq!(problems(&rows[2]), [("row", "row.cells", "2")]);
    assert_eq!((problems(&rows[3]), &rows[3].draft.when), (vec![], &When::Now));
}

#[test]
fn what_is_no_table_is_told() {
    for (csv, code, told) in [
        ("", "csv.header", "a first line"),
        ("\n\n", "csv.header", "a first line"),
        ("text\none\n", "csv.header", "a column `key`"),
        ("key,txt,when?\na,b,c\n", "csv.header", "\"when?\""),
        ("key,txt,when?\na,b,c\n", "csv.header", "text2"),
        ("key,account,accounts\n", "csv.header", "each column once"),
        ("key,text0,text1000\n", "csv.header", "\"text0\""),
        ("key,metadata.\n", "csv.header", "\"metadata.\""),
        ("key,text\na,\"one\nb,two\n", "csv.quote", "line 2"),
    ] {
        let error = BulkRow::from_csv(csv).unwrap_err();
        assert_eq!(error.code(), code, "{csv:?}");
        assert!(error.message().contains(told), "{csv:?}: {error}");
    }
    let error = BulkRow::from_csv(b"key,text\na,caff\xe9\n").unwrap_err();
    assert_eq!((error.code(), error.message()), ("csv.utf8", "line 2 is not UTF-8, at byte 15"));
    let two = BulkRow::from_csv("key,txt,when?\n").unwrap_err();
    assert_eq!(two.problems().len(), 2);
}

#[test]
fn json_lines_are_drafts_with_keys() {
    let lines = format!(
        "\u{feff}{{\"key\": \"a\", \"parts\": [{{\"text\": \"one\"}}], \"accounts\": [\"{ACCOUNT}\"]}}\r\n\n\
         {{\"key\": 7, \"parts\": []}}\n\
         {{\"key\": \"c\", \"prats\": []}}\n\
         [1]\n"
    );
    let rows = BulkRow::from_json_lines(lines).unwrap();
    assert_eq!(rows.iter().map(|row| row.line.unwrap()).collect::<Vec<_>>(), [1, 3, 4, 5]);
    assert_eq!(
        (rows[0].key.as_str(), &*rows[0].draft.parts[0].text, problems(&rows[0])),
        ("a", "one", vec![])
    );
    assert_eq!(problems(&rows[1]), [("key", "row.type", "\"7\"")]);
    assert_eq!(problems(&rows[2]), [("row", "row.draft", "\"{\\\"prats\\\":[]}\"")]);
    assert!(rows[2].problems[0].limit.contains("unknown field `prats`"));
    assert_eq!(problems(&rows[3]), [("row", "row.json", "\"[1]\"")]);
    assert_eq!(BulkRow::from_json_lines(b"\n\xff").unwrap_err().code(), "json_lines.utf8");
}

#[test]
fn records_are_those_of_a_data_frame() {
    let records = serde_json::from_value(json!([
        {"key": 7, "text": "one", "accounts": [ACCOUNT], "labels": ["a", "b"], "sensitive": true, "when": null},
        {"key": "b", "text": {"a": 1}, "labels": "a;b"},
    ]));
    let rows = BulkRow::from_records(records.unwrap()).unwrap();
    assert_eq!((rows[0].key.as_str(), problems(&rows[0])), ("7", vec![]));
    assert_eq!((rows[0].draft.accounts.len(), rows[0].draft.showing.sensitive), (1, true));
    assert_eq!(rows[0].draft.labels, rows[1].draft.labels);
    assert_eq!(problems(&rows[1]), [("text", "row.type", "\"{\\\"a\\\":1}\"")]);
    let unknown = serde_json::from_value(json!([{"key": "a", "txt": 1}, {"key": "b", "txt": 2}])).unwrap();
    let error = BulkRow::from_records(unknown).unwrap_err();
    assert_eq!((error.code(), error.problems().len()), ("rows.columns", 1));
}

#[test]
fn the_error_has_all_problems_and_shows_a_few() {
    let refused = |row| RowReport {
        row,
        key: format!("k{row}"),
        outcome: RowOutcome::Refused,
        post: None,
        problems: vec![Problem::new("text", "text.too_long", 300, 280); 2],
    };
    let report = BulkReport::of((1..=5).map(refused).collect());
    let error = report.error().unwrap();
    assert_eq!(error.problems().len(), 10);
    assert_eq!(error.problems()[9].field, "rows[5].text");
    assert!(error.message().ends_with("; and 7 more"), "{error}");
    assert!(BulkReport::default().error().is_none());
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn texts_come_as_they_were_written(texts in prop::collection::vec("\\PC{1,20}|[\"\n\r,; a]{1,9}", 1..8)) {
        let lines: Vec<_> = texts.iter().enumerate().map(|(at, text)| format!("k{at},{}", quoted(text))).collect();
        let rows = BulkRow::from_csv(format!("key,text\r\n{}\r\n", lines.join("\r\n"))).unwrap();
        prop_assert_eq!(rows.len(), texts.len());
        for (at, (row, text)) in rows.iter().zip(&texts).enumerate() {
            prop_assert_eq!(&row.key, &format!("k{at}"));
            let own = row.draft.parts.first().map(|part| part.text.clone()).unwrap_or_default();
            let expected = if text.trim().is_empty() { "" } else { text.as_str() };
            prop_assert_eq!(own, expected);
            prop_assert!(row.problems.is_empty());
        }
    }

    #[test]
    fn anything_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), header in any::<bool>()) {
        let mut all = if header { b"key,text,when,labels\n".to_vec() } else { Vec::new() };
        all.extend(&bytes);
        let lines = all.split(|byte| *byte == b'\n' || *byte == b'\r').count() as u64;
        if let Ok(rows) = BulkRow::from_csv(&all) {
            prop_assert!(rows.iter().all(|row| row.line.is_some_and(|line| line <= lines)));
        }
        if let Ok(rows) = BulkRow::from_json_lines(&all) {
            prop_assert!(rows.iter().all(|row| row.line.is_some_and(|line| line <= lines)));
        }
    }
}
