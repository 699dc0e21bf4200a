//! Many posts in one call: all or nothing, or each for itself, and again.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(all(feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use support::Stage;
use xmp::*;

async fn stage() -> (Stage, Xmp, AccountId) {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await.id;
    (stage, xmp, ada)
}

/// The same engine with everything in memory.
async fn in_memory(stage: &Stage) -> (Xmp, AccountId) {
    let builder = Xmp::builder().memory().clock(Arc::new(stage.clock.clone()));
    let xmp = builder.transport(support::recording::transport()).with(stage.config()).open().await.unwrap();
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await.id;
    (xmp, ada)
}

fn csv(rows: usize, account: AccountId) -> String {
    let rows = (0..rows).map(|row| {
        format!(
            "k{row},\"Post {row}, of many\",{account},2040-06-01T{:02}:{:02}:00Z",
            row / 60 % 24,
            row % 60
        )
    });
    format!("key,text,account,when\n{}\n", rows.collect::<Vec<_>>().join("\n"))
}

async fn count(xmp: &Xmp) -> usize {
    xmp.posts().list(&PostFilter { limit: Some(100_000), ..PostFilter::default() }).await.unwrap().len()
}

fn counts(report: &BulkReport) -> (usize, usize, usize) {
    (report.scheduled, report.replayed, report.refused)
}

#[tokio::test]
async fn ten_thousand_in_one_call_and_again() {
    let (stage, sqlite, ada) = stage().await;
    let (memory, own) = in_memory(&stage).await;
    for (xmp, account) in [(memory, own), (sqlite, ada)] {
        let rows = || BulkRow::from_csv(csv(10_000, account)).unwrap();
        let told = Mutex::new(Vec::new());
        let tell = |progress| told.lock().unwrap().push(progress);
        let report = xmp.posts().schedule_all_with(rows(), BulkMode::AllOrNothing, tell).await.unwrap();
        assert_eq!(counts(&report), (10_000, 0, 0));
        let (post, row) = (report.rows[9_999].post.unwrap(), &report.rows[9_999]);
        assert_eq!((row.row, row.key.as_str()), (10_001, "k9999"));
        let found = xmp.posts().get(post).await.unwrap();
        assert_eq!(
            (found.post.key.as_str(), &*found.deliveries[0].parts[0].content.text),
            ("k9999", "Post 9999, of many")
        );
        let told = told.into_inner().unwrap();
        let done = BulkProgress { rows: 10_000, checked: 10_000, stored: 10_000, refused: 0 };
        assert!(told.len() > 100 && told.is_sorted_by_key(|told| told.checked), "{} told", told.len());
        assert_eq!(told.last(), Some(&done));

        let again = xmp.posts().schedule_all(rows(), BulkMode::EachRow).await.unwrap();
        assert_eq!(counts(&again), (0, 10_000, 0));
        assert_eq!(again.rows[9_999].post, Some(post));
        assert_eq!(count(&xmp).await, 10_000);
    }
}

#[tokio::test]
async fn every_problem_of_every_row_is_told() {
    let (_stage, xmp, ada) = stage().await;
    xmp.posts().schedule(&Draft::text("before").to(ada), "used").await.unwrap();
    let csv = format!(
        "key,text,accounts,when,zone,priority,expires\n\
         good,Hello,{ada},2040-06-01T09:00,Europe/Berlin,high,\n\
         long,{long},{ada},2020-01-01T00:00:00Z,,highest,\n\
         gap,Hello,{ada},2040-03-25T02:30,Europe/Berlin,,\n\
         good,Hello again,{ada},,,,\n\
         used,Other words,{ada},,,,\n\
         unknown,Hello,acc_019aa000000070008000000000000001,,,,\n\
         ,Hello,{ada},,,,\n\
         nowhere,Hello,,,,,\n\
         late,Hello,{ada},2040-06-02T00:00:00Z,,,2040-06-01T00:00:00Z\n\
         last,Good bye,{ada},now,,,\n",
        long = "x".repeat(281)
    );
    let rows = || BulkRow::from_csv(&csv).unwrap();
    let refused = [
        (3, "long", vec!["row.word", "text.too_long", "due.past"]),
        (4, "gap", vec!["due.gap"]),
        (5, "good", vec!["key.twice"]),
        (6, "used", vec!["idempotency_key.reused"]),
        (7, "unknown", vec!["account.unknown"]),
        (8, "", vec!["idempotency_key.shape"]),
        (9, "nowhere", vec!["accounts.none"]),
        (10, "late", vec!["expires.before_due"]),
    ];

    let error = xmp.posts().schedule_all(rows(), BulkMode::AllOrNothing).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Validation, "row.word"));
    assert!(error.message().starts_with("8 of 10 rows are refused: rows[3].priority: row.word"), "{error}");
    let rules: Vec<_> = error.problems().iter().map(|problem| problem.rule).collect();
    assert_eq!(rules, refused.iter().flat_map(|(_, _, rules)| rules.clone()).collect::<Vec<_>>());
    assert_eq!(error.problems()[1].field, "rows[3].parts[0].text");
    assert_eq!(count(&xmp).await, 1, "nothing but what was there");

    let report = xmp.posts().schedule_all(rows(), BulkMode::EachRow).await.unwrap();
    assert_eq!(counts(&report), (2, 0, 8));
    let told: Vec<_> = report.rows.iter().filter(|row| row.outcome == RowOutcome::Refused).collect();
    let told: Vec<_> = told
        .iter()
        .map(|row| (row.row, &*row.key, row.problems.iter().map(|problem| problem.rule).collect::<Vec<_>>()))
        .collect();
    assert_eq!(told, refused);
    assert!(report.rows[3].problems[0].hint.as_ref().unwrap().contains("row 2"));
    let first = xmp.posts().find("good").await.unwrap().unwrap();
    assert_eq!(
        (first.post.priority, first.post.due.at.to_string()),
        (Priority::High, "2040-06-01T07:00:00Z".to_owned())
    );
    assert_eq!(count(&xmp).await, 3);
}

#[tokio::test]
async fn what_was_cut_off_goes_on_where_it_was() {
    let (_stage, xmp, ada) = stage().await;
    let rows = || BulkRow::from_csv(csv(2_000, ada)).unwrap();
    let cancel = CancelToken::new();
    let cut = xmp.within(Context::default().cancelled_by(cancel.clone()));
    let stop = |progress: BulkProgress| {
        if progress.stored >= 1_000 {
            cancel.cancel();
        }
    };
    let error = cut.posts().schedule_all_with(rows(), BulkMode::EachRow, stop).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Cancelled, "1000 of 2000 rows are stored"));
    assert_eq!(count(&xmp).await, 1_000);
    let report = xmp.posts().schedule_all(rows(), BulkMode::AllOrNothing).await.unwrap();
    assert_eq!(counts(&report), (1_000, 1_000, 0));
    assert_eq!(count(&xmp).await, 2_000);
}

#[tokio::test]
async fn a_key_that_is_taken_meanwhile_costs_its_own_row_alone() {
    let (_stage, xmp, ada) = stage().await;
    let rows = BulkRow::from_csv(csv(600, ada)).unwrap();
    // Somebody takes one while the rows are checked: the store finds it.
    let taken = Mutex::new(false);
    let other = xmp.clone();
    let meddle = move |progress: BulkProgress| {
        let mut taken = taken.lock().unwrap();
        if progress.checked == progress.rows && !*taken {
            *taken = true;
            let (other, draft) = (other.clone(), Draft::text("first").to(ada));
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let runtime = tokio::runtime::Runtime::new().unwrap();
                    runtime.block_on(other.posts().schedule(&draft, "k7")).unwrap();
                });
            });
        }
    };
    let report = xmp.posts().schedule_all_with(rows, BulkMode::EachRow, meddle).await.unwrap();
    assert_eq!(counts(&report), (599, 0, 1));
    assert_eq!(report.rows[7].problems[0].rule, "idempotency_key.reused");
    assert_eq!((report.rows[7].outcome.clone(), report.rows[7].post), (RowOutcome::Refused, None));
    assert_eq!(count(&xmp).await, 600);
}

#[tokio::test]
async fn rows_are_published() {
    let (stage, xmp, ada) = stage().await;
    let lines = format!(
        r#"{{ "key": "thread", "parts": [{{ "text": "one" }}, {{ "text": "two" }}], "accounts": ["{ada}"] }}"#
    );
    let mut rows = BulkRow::from_json_lines(lines).unwrap();
    let picture = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/media/sunrise.png");
    rows.push(BulkRow::new("picture", Draft::text("three").image(picture, "A sunrise").to(ada)));
    let report = xmp.posts().schedule_all(rows, BulkMode::AllOrNothing).await.unwrap();
    assert_eq!(report.rows[1].row, 2);
    for row in &report.rows {
        assert_eq!(stage.settle(&xmp, row.post.unwrap()).await.state, DeliveryState::Published);
    }
    stage.advance(Duration::from_secs(1));
    for text in ["one", "two", "three"] {
        assert_eq!(stage.times_posted(text), 1);
    }
}
