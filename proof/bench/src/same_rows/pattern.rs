//! Values of the recorded post, with blanks where its ids are.

use crate::Result;

/// The ids of the recorded post, as 32 hexadecimal digits. The first is its account's.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<String>);

/// A value, or what all posts have in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Text(String),
    /// An id: `which` of the names, begun as the recorded one was.
    Blank {
        which: usize,
        start: String,
        hyphens: bool,
    },
}

impl Names {
    /// Learns an id, in any of its forms: `post_0190…`, `0190…`, `019012ab-…`. What is none is passed over.
    pub(super) fn learn(&mut self, id: &str) {
        let hex = id.rsplit('_').next().unwrap_or(id).replace('-', "");
        if hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) && !self.0.contains(&hex) {
            self.0.push(hex);
        }
    }

    /// The pattern of a value.
    pub(super) fn pattern(&self, value: &str) -> Pattern {
        let mut segments = vec![Segment::Text(value.to_owned())];
        for (which, hex) in self.0.iter().enumerate() {
            for hyphens in [false, true] {
                let form = if hyphens { hyphenated(hex) } else { hex.clone() };
                let blank = Segment::Blank { which, start: hex[..12].to_owned(), hyphens };
                segments = segments.into_iter().flat_map(|segment| cut(segment, &form, &blank)).collect();
            }
        }
        segments.retain(|segment| !matches!(segment, Segment::Text(text) if text.is_empty()));
        Pattern(segments)
    }
}

fn cut(segment: Segment, form: &str, blank: &Segment) -> Vec<Segment> {
    let Segment::Text(text) = segment else { return vec![segment] };
    let mut pieces = Vec::new();
    for piece in text.split(form) {
        if !pieces.is_empty() {
            pieces.push(blank.clone());
        }
        pieces.push(Segment::Text(piece.to_owned()));
    }
    pieces
}

impl Pattern {
    /// Whether all posts have the same here.
    pub(super) fn is_fixed(&self) -> bool {
        self.0.iter().all(|segment| matches!(segment, Segment::Text(_)))
    }

    /// The value of the n-th post.
    pub(super) fn fill(&self, n: u64) -> String {
        let mut value = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Text(text) => value.push_str(text),
                Segment::Blank { which, start, hyphens } => {
                    let hex = if *which == 0 {
                        // As the copies of the first account are called.
                        format!("{:032x}", n + 1)
                    } else {
                        format!("{start}{which:04x}{n:016x}")
                    };
                    value.push_str(&if *hyphens { hyphenated(&hex) } else { hex });
                }
            }
        }
        value
    }
}

/// Which post an id was made for, by [`Pattern::fill`].
pub(super) fn number(id: &str) -> Result<u64> {
    let hex = id.replace('-', "");
    let end = hex.len().checked_sub(16).ok_or("an id is too short")?;
    Ok(u64::from_str_radix(&hex[end..], 16)?)
}

fn hyphenated(hex: &str) -> String {
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::{Names, number};

    #[test]
    fn ids_are_replaced_in_all_their_forms() {
        let mut names = Names::default();
        names.learn("acc_00000000000000000000000000000007");
        names.learn("dlv_0190aaaabbbb7cccddddeeeeffff0000");
        names.learn("no id");
        let text = "{\"by\":\"dlv_0190aaaabbbb7cccddddeeeeffff0000\"} 0190aaaa-bbbb-7ccc-dddd-eeeeffff0000!";
        let pattern = names.pattern(text);
        assert!(!pattern.is_fixed());
        assert_eq!(
            pattern.fill(5),
            "{\"by\":\"dlv_0190aaaabbbb00010000000000000005\"} 0190aaaa-bbbb-0001-0000-000000000005!"
        );
        assert_eq!(number("0190aaaa-bbbb-0001-0000-000000000005").ok(), Some(5));
        assert!(names.pattern("published").is_fixed());
        assert_eq!(
            names.pattern("acc_00000000000000000000000000000007").fill(1),
            "acc_00000000000000000000000000000002"
        );
    }
}
