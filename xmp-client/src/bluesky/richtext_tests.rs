use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What is found in a text, as it stands there, with what it means.
fn found(text: &str) -> Vec<(&str, Feature)> {
    facets(text).into_iter().map(|facet| (&text[facet.range], facet.feature)).collect()
}

fn link(uri: &str) -> Feature {
    Feature::Link(uri.to_owned())
}

fn mention(handle: &str) -> Feature {
    Feature::Mention(handle.to_owned())
}

fn tag(tag: &str) -> Feature {
    Feature::Tag(tag.to_owned())
}

#[test]
fn a_place_is_told_in_bytes() {
    assert_eq!(
        facets("👋🏽 @ada.test, sieh (example.com) #über"),
        [
            Facet { range: 9..18, feature: mention("ada.test") },
            Facet { range: 26..37, feature: link("https://example.com") },
            Facet { range: 39..45, feature: tag("über") },
        ]
    );
}

#[test]
fn links_end_where_the_sentence_goes_on() {
    for (text, shown) in [
        ("https://example.com", "https://example.com"),
        ("see https://example.com/a?b=c#d now", "https://example.com/a?b=c#d"),
        ("(https://example.com)", "https://example.com"),
        ("(https://example.com/a_(b))", "https://example.com/a_(b)"),
        ("https://example.com/a_(b)", "https://example.com/a_(b)"),
        ("https://example.com/a_(b).", "https://example.com/a_(b)"),
        ("https://example.com...", "https://example.com"),
        ("https://example.com!?", "https://example.com"),
        ("https://example.com/。", "https://example.com/"),
        ("（ https://example.com/a）", "https://example.com/a"),
        ("「 https://example.com/a」、", "https://example.com/a"),
        ("https://例え.jp/パス", "https://例え.jp/パス"),
        ("שלום https://example.com עולם", "https://example.com"),
        ("👨‍👩‍👧‍👦 https://example.com/👍🏽", "https://example.com/👍🏽"),
        ("e\u{301} http://example.com/e\u{301}", "http://example.com/e\u{301}"),
        ("a\nhttps://example.com/\nb", "https://example.com/"),
        ("https://localhost:8080/", "https://localhost:8080/"),
    ] {
        assert_eq!(found(text), [(shown, link(shown))], "{text:?}");
    }
}

#[test]
fn a_bare_domain_is_a_link() {
    for (text, shown) in [
        ("see example.com now", "example.com"),
        ("Example.com!", "Example.com"),
        ("(example.com/a_(b))", "example.com/a_(b)"),
        ("example.com:8080/a?b", "example.com:8080/a?b"),
        ("example.com?a", "example.com?a"),
        ("httpbin.org/get", "httpbin.org/get"),
        ("example.co.uk。", "example.co.uk"),
    ] {
        assert_eq!(found(text), [(shown, link(&format!("https://{shown}")))], "{text:?}");
    }
}

#[test]
fn mentions_have_the_syntax_of_a_handle() {
    for (text, handle) in [
        ("@ada.test", "ada.test"),
        ("Hello @ada.bsky.social.", "ada.bsky.social"),
        ("(@ada.test)", "ada.test"),
        ("@ada.test's", "ada.test"),
        ("@Ada-9.example.com,", "Ada-9.example.com"),
        ("@ada.testé", "ada.test"),
        ("🙂 @ada.test", "ada.test"),
        ("مرحبا @ada.test", "ada.test"),
        ("@ada.test--", "ada.test"),
    ] {
        assert_eq!(found(text), [(format!("@{handle}").as_str(), mention(handle))], "{text:?}");
    }
}

#[test]
fn hashtags_are_words() {
    for (text, shown, name) in [
        ("#rust", "#rust", "rust"),
        ("a #rust.", "#rust", "rust"),
        ("#rust's!?", "#rust's", "rust's"),
        ("#a1", "#a1", "a1"),
        ("#1a", "#1a", "1a"),
        ("#C++", "#C++", "C++"),
        ("##double", "##double", "#double"),
        ("＃日本語", "＃日本語", "日本語"),
        ("#日本語。", "#日本語", "日本語"),
        ("#日本語、です", "#日本語、です", "日本語、です"),
        ("#שלום!", "#שלום", "שלום"),
        ("#cafe\u{301}", "#cafe\u{301}", "cafe\u{301}"),
        ("#👍🏽", "#👍🏽", "👍🏽"),
        ("#a\u{200b}b", "#a", "a"),
        ("x\u{a0}#a", "#a", "a"),
    ] {
        assert_eq!(found(text), [(shown, tag(name))], "{text:?}");
    }
}

#[test]
fn cashtags_keep_their_sign() {
    for (text, shown, name) in [
        ("$AAPL", "$AAPL", "$AAPL"),
        ("($aapl)", "$aapl", "$AAPL"),
        ("buy $T, now", "$T", "$T"),
        ("$B2’", "$B2", "$B2"),
    ] {
        assert_eq!(found(text), [(shown, tag(name))], "{text:?}");
    }
}

#[test]
fn a_tag_has_64_graphemes() {
    for letter in ["a", "é", "👍🏽"] {
        let name = letter.repeat(64);
        assert_eq!(found(&format!("#{name}")), [(format!("#{name}").as_str(), tag(&name))]);
        assert_eq!(found(&format!("#{name}{letter}")), []);
    }
    // Nor more bytes than the lexicon takes: 11 each.
    let heavy = format!("e{}", "\u{301}".repeat(5));
    assert_eq!(found(&format!("#{}", heavy.repeat(58))).len(), 1);
    assert_eq!(found(&format!("#{}", heavy.repeat(59))), []);
}

#[test]
fn what_resembles_a_facet_and_is_none() {
    for text in [
        "",
        "foo@bar.com",
        "ada.me@example.com",
        "mail:@ada.test",
        "@ada",
        "@ada.test_x",
        "@-ada.test",
        "@127.0.0.1",
        "@@ada.test",
        "#1",
        "#12.",
        "#",
        "# a",
        "#!",
        "#️⃣",
        "a#b",
        "(#a)",
        "$",
        "$5",
        "$TOOLONG",
        "$A-B",
        "US$AAPL",
        "e.g. this",
        "file.notatld",
        "3.14",
        "EXAMPLE.COM",
        "example.com-old",
        "example..com",
        "example.com:port",
        "https://",
        "https://.",
        "https:///a",
        "xhttps://example.com",
        "「https://example.com」",
        "ftp://example.com",
    ] {
        assert_eq!(found(text), [], "{text:?}");
    }
}

#[test]
fn several_are_sorted_and_disjoint() {
    assert_eq!(
        found("#a $B @c.test d.com https://e.test/(@f.test) #g"),
        [
            ("#a", tag("a")),
            ("$B", tag("$B")),
            ("@c.test", mention("c.test")),
            ("d.com", link("https://d.com")),
            ("https://e.test/(@f.test)", link("https://e.test/(@f.test)")),
            ("#g", tag("g")),
        ]
    );
}

fn placed(start: &Value, end: &Value) -> Value {
    json!({ "index": { "byteStart": start, "byteEnd": end }, "features": [] })
}

#[test]
fn a_facet_lies_within_its_text() {
    let text = "a é 👍"; // 9 bytes: é at 2, 👍 at 5
    let bad = |start: i64, end: i64| bad_facets(text, &[placed(&json!(start), &json!(end))]);
    assert_eq!(bad(0, 1), []);
    assert_eq!(bad(2, 4), []);
    assert_eq!(bad(5, 9), []);
    assert_eq!(bad(3, 3), [BadFacet::Empty { at: 0, start: 3, end: 3 }]);
    assert_eq!(bad(4, 2), [BadFacet::Empty { at: 0, start: 4, end: 2 }]);
    assert_eq!(bad(5, 10), [BadFacet::PastEnd { at: 0, end: 10, length: 9 }]);
    assert_eq!(bad(2, 3), [BadFacet::CutsCharacter { at: 0, start: 2, end: 3 }]);
    assert_eq!(bad(3, 4), [BadFacet::CutsCharacter { at: 0, start: 3, end: 4 }]);
    assert_eq!(bad(-1, 4), [BadFacet::NoRange { at: 0 }]);
}

#[test]
fn every_bad_facet_is_told() {
    let facets = [
        placed(&json!(0), &json!(1)),
        placed(&json!(0), &json!(9)),
        json!({}),
        placed(&json!("0"), &json!(1)),
        placed(&json!(0), &json!(0.5)),
    ];
    let bad = bad_facets("abc", &facets);
    assert_eq!(
        bad,
        [
            BadFacet::PastEnd { at: 1, end: 9, length: 3 },
            BadFacet::NoRange { at: 2 },
            BadFacet::NoRange { at: 3 },
            BadFacet::NoRange { at: 4 },
        ]
    );
    assert_eq!(bad[0].to_string(), "facet 1 ends at byte 9 of a text of 3 bytes");
}

proptest! {
    /// Built of what matters to the scanners, so that most texts have facets.
    #[test]
    fn facets_are_sound(words in prop::collection::vec(
        prop_oneof![
            Just("https://"), Just("http"), Just("example.com"), Just("."), Just("com"), Just("@"), Just("ada.test"),
            Just("#"), Just("＃"), Just("tag"), Just("1"), Just("$"), Just("AAPL"), Just("("), Just(")"), Just(" "),
            Just(" "), Just("\n"), Just("/"), Just(":"), Just("_"), Just("-"), Just("。"), Just("」"), Just("é"),
            Just("e\u{301}"), Just("語"), Just("שלום"), Just("👨‍👩‍👧‍👦"), Just("\u{fe0f}"), Just("\u{200d}"),
        ],
        0..24,
    )) {
        check(&words.concat())?;
    }

    #[test]
    fn facets_of_any_text_are_sound(text in "(.|[@#$ (]){0,60}") {
        check(&text)?;
    }
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let mut free = 0;
    for Facet { range, feature } in facets(text) {
        prop_assert!(free <= range.start && range.start < range.end, "{range:?} in {text:?}");
        free = range.end;
        prop_assert_eq!(bad_facets(text, &[placed(&json!(range.start), &json!(range.end))]), []);
        let shown = &text[range];
        match feature {
            Feature::Link(uri) => {
                prop_assert!(uri == shown || uri == format!("https://{shown}"), "{uri:?} for {shown:?}");
            }
            Feature::Mention(handle) => prop_assert_eq!(shown, format!("@{handle}")),
            Feature::Tag(tag) if shown.starts_with('$') => prop_assert_eq!(shown.to_ascii_uppercase(), tag),
            Feature::Tag(tag) => prop_assert_eq!(shown.strip_prefix(['#', '＃']), Some(tag.as_str())),
        }
    }
    Ok(())
}
