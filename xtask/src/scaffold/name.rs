//! The name of a platform, in its three forms.

/// What a new platform is called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// As programs and the ledger have it: `my-space`.
    pub(super) id: String,
    /// As folders and modules have it: `my_space`.
    pub(super) module: String,
    /// As types have it: `MySpace`.
    pub(super) kind: String,
}

impl Name {
    /// Reads a name. It follows the rule of `xmp_core::PlatformId`, and has to make a module of Rust, too.
    pub(super) fn new(id: &str) -> Result<Self, String> {
        let refused = |why: &str| Err(format!("{id:?} can't be the name of a platform: {why}"));
        if !(1..=23).contains(&id.len()) {
            return refused("it has 1 to 23 characters");
        }
        let words: Vec<_> = id.split(['-', '_']).collect();
        if !id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')) {
            return refused("it is made of a-z 0-9 - _");
        }
        if !id.starts_with(|first: char| first.is_ascii_lowercase()) || words.contains(&"") {
            return refused("it begins with a letter, and its - and _ stand alone between words");
        }
        let module = words.join("_");
        if syn::parse_str::<syn::Ident>(&module).is_err() {
            return refused("the word belongs to Rust");
        }
        Ok(Self { id: id.to_owned(), module, kind: words.iter().map(|word| capitalized(word)).collect() })
    }

    /// The feature that builds it in.
    pub(super) fn feature(&self) -> String {
        format!("platform-{}", self.id)
    }

    /// A template, with this name where it has a place for one.
    pub(super) fn fill(&self, template: &str) -> String {
        template
            .replace("{{id}}", &self.id)
            .replace("{{module}}", &self.module)
            .replace("{{Kind}}", &self.kind)
    }

    /// Whether this code, comments apart, uses one of its forms as a word of its own.
    pub(super) fn is_used_in(&self, code: &str) -> bool {
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let mut words = lines.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
        words.any(|word| word == self.module || word == self.kind)
    }
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_three_forms() {
        let name = Name::new("my-space_2").unwrap();
        assert_eq!((name.module.as_str(), name.kind.as_str()), ("my_space_2", "MySpace2"));
        assert_eq!(name.feature(), "platform-my-space_2");
        assert_eq!(name.fill("{{{Kind}}, {{id}}, {{module}}}"), "{MySpace2, my-space_2, my_space_2}");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "a".repeat(24);
        for bad in
            ["", &long, "Mastodon", "my space", "é", "../x", "2chat", "-a", "a-", "a--b", "_", "mod", "self"]
        {
            assert!(Name::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn words_of_comments_are_free() {
        let name = Name::new("line").unwrap();
        assert!(!name.is_used_in("// one line a platform\nlet lines = outline;"));
        assert!(name.is_used_in("fn line() {}"));
        assert!(name.is_used_in("enum Mark { Line }"));
    }
}
