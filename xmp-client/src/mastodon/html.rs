//! The text of a post that Mastodon shows as HTML.

/// The text for people: paragraphs and lines as such, tags left out, entities unescaped.
///
/// Mastodon shows a link shortened, and keeps all of its letters in the text, some of them in elements that are not
/// shown (`TextFormatter#link_to_url`): so the whole of it is read.
pub(super) fn text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    // No tag begins behind the end of the last one. It is looked for once: there may be a great many `<` behind it.
    let last_end = html.rfind('>').unwrap_or(0);
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let ends = html.len() - rest.len() < last_end;
        let (read, length) = if rest.starts_with('<') { tag(rest, ends) } else { entity(rest) };
        text.push_str(&read);
        rest = &rest[length..];
    }
    text.push_str(rest);
    text.trim().to_owned()
}

/// What a tag at the beginning of a text says, and how long it is. One that never ends is no tag.
fn tag(html: &str, ends: bool) -> (String, usize) {
    let Some(end) = ends.then(|| html.find('>')).flatten() else { return ("<".to_owned(), 1) };
    let name: String = html[1..end].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
    let says = match name.trim_end_matches('/').to_ascii_lowercase().as_str() {
        "br" => "\n",
        "/p" | "/blockquote" | "/ul" | "/ol" | "/pre" => "\n\n",
        "/li" => "\n",
        _ => "",
    };
    (says.to_owned(), end + 1)
}

/// What an entity at the beginning of a text says, and how long it is. What is unknown stays as it is.
fn entity(html: &str) -> (String, usize) {
    // The longest that are written here: `&#x10FFFF;`.
    let end = html.bytes().take(10).position(|byte| byte == b';');
    let said = end.and_then(|end| {
        Some(match &html[1..end] {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => '\u{a0}',
            number => {
                let number = number.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                code.ok().and_then(char::from_u32)?
            }
        })
    });
    match (said, end) {
        (Some(said), Some(end)) => (said.to_string(), end + 1),
        _ => ("&".to_owned(), 1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn posts_are_read_as_they_were_written() {
        for (html, said) in [
            ("", ""),
            ("<p>plain</p>", "plain"),
            ("<p>one<br />two<br>three</p><p>four</p>", "one\ntwo\nthree\n\nfour"),
            ("<p>a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; &#x1F600;</p>", "a <b> & \"c\" 'd' 😀"),
            ("<p>&amp;lt; &unknown; &#x110000; & ü;</p>", "&lt; &unknown; &#x110000; & ü;"),
            (
                "<p><a href=\"https://example.com/a/long/path?b=1&amp;c=2\" rel=\"nofollow\"><span class=\"invisible\">\
                 https://</span><span class=\"ellipsis\">example.com/a/long/path?b=1&amp;c</span>\
                 <span class=\"invisible\">=2</span></a></p>",
                "https://example.com/a/long/path?b=1&c=2",
            ),
            (
                "<p><span class=\"h-card\"><a href=\"https://b.example/@ada\" class=\"u-url mention\">@<span>ada</span></a>\
                 </span> <a href=\"https://b.example/tags/x\" class=\"mention hashtag\" rel=\"tag\">#<span>x</span></a></p>",
                "@ada #x",
            ),
            ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
            ("1 < 2", "1 < 2"),
            ("<p>1</p> < 2 &amp; <3", "1\n\n < 2 & <3"),
        ] {
            assert_eq!(text(html), said, "{html}");
        }
    }

    /// Looking for the end of each of them would take minutes.
    #[test]
    fn a_megabyte_of_tags_that_never_end_is_read_at_once() {
        let signs = "<".repeat(1 << 20);
        assert_eq!(text(&signs), signs);
        assert_eq!(text(&format!("<p>a</p>{signs}")), format!("a\n\n{signs}"));
        assert_eq!(text(&format!("{signs}>")), "", "one tag");
    }

    proptest! {
        #[test]
        fn any_text_survives_its_escaping(said in "[^\\s](\\PC|[&<>;#]){0,30}[^\\s]") {
            let escaped = said.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
            prop_assert_eq!(text(&format!("<p>{escaped}</p>")), said.trim());
        }

        #[test]
        fn any_html_is_read(html in "(\\PC|[<>&;#x/p]){0,60}") {
            prop_assert!(text(&html).len() <= html.len() * 2);
        }
    }
}
