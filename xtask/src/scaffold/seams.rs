//! The places outside its own folders that know a platform by name, and what is added there: pure.

use super::name::Name;

/// A file, and what becomes of its text; nothing if the place for it can't be found.
pub(super) type Seam = (&'static str, fn(&str, &Name) -> Option<String>);

/// Where the simulator has its platforms.
pub(super) const WORLD: &str = "xmp-sim/src/world.rs";

/// All of them.
pub(super) const ALL: &[Seam] = &[
    ("Cargo.toml", |text, name| {
        let feature = name.feature();
        let listed = list(text, "platforms", &feature)?;
        after_features(&listed, &format!("{feature} = [\"xmp-client/{feature}\"]"))
    }),
    ("src/lib.rs", |text, name| {
        let Name { module, kind, .. } = name;
        let line = format!("pub use xmp_client::{module}::{kind}Config;");
        sorted(
            text,
            |line| line.strip_prefix("pub use xmp_client::")?.split("::").next(),
            module,
            &gated(name, &line),
        )
    }),
    ("xmp-client/Cargo.toml", |text, name| {
        let feature = name.feature();
        let listed = list(text, "default", &feature)?;
        after_features(&listed, &format!("{feature} = [\"dep:unicode-segmentation\"]"))
    }),
    ("xmp-client/src/lib.rs", |text, name| {
        let line = format!("pub mod {};", name.module);
        sorted(text, module, &name.module, &gated(name, &line))
    }),
    ("xmp-client/src/registry.rs", |text, name| {
        let Name { module, kind, .. } = name;
        let about = format!("    /// Speaks to {kind}, like this.\n");
        let entry =
            format!("    {module} if \"{}\": Option<crate::{module}::{kind}Config>;\n", name.feature());
        within(text, "registry", &(about + &entry))
    }),
    ("xmp-sim/src/lib.rs", |text, name| {
        sorted(text, module, &name.module, &format!("mod {};\n", name.module))
    }),
    (WORLD, |text, name| within(text, "platforms", &simulated(name))),
];

/// Whether the simulator has the platform already, by the text of [`WORLD`].
pub(super) fn simulates(world: &str, name: &Name) -> bool {
    at_line(world, &simulated(name)).is_some()
}

fn simulated(name: &Name) -> String {
    format!("    {} in {},\n", name.kind, name.module)
}

/// A line that is there if the platform is built in.
fn gated(name: &Name, line: &str) -> String {
    format!("#[cfg(feature = \"{}\")]\n{line}\n", name.feature())
}

/// The module that a line declares.
fn module(line: &str) -> Option<&str> {
    line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';')
}

/// Adds a feature to the list `key = [...]` on one line.
fn list(text: &str, key: &str, feature: &str) -> Option<String> {
    let start = at_line(text, &format!("{key} = ["))?;
    let end = start + text[start..].find(']')?;
    Some(inserted(text, end, &format!(", \"{feature}\"")))
}

/// Adds a line after those of the other platforms' features.
fn after_features(text: &str, line: &str) -> Option<String> {
    let start = text.rfind("\nplatform-")? + 1;
    let end = start + text[start..].find('\n')? + 1;
    Some(inserted(text, end, &format!("{line}\n")))
}

/// Adds lines to the invocation of a macro, after all others.
fn within(text: &str, called: &str, lines: &str) -> Option<String> {
    let start = at_line(text, &format!("{called}! {{\n"))?;
    let end = start + text[start..].find("\n}\n")? + 1;
    Some(inserted(text, end, lines))
}

/// Adds lines to a sorted list of one-line items: `key` gives an item's place, and nothing for any other line.
fn sorted(text: &str, key: impl Fn(&str) -> Option<&str>, place: &str, lines: &str) -> Option<String> {
    let (mut item, mut before, mut after) = (0, None, None);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if let Some(other) = key(line.trim_end()) {
            if other > place && before.is_none() {
                before = Some(item);
            }
            after = Some(end);
        }
        // An item begins with its attributes.
        if !line.starts_with("#[") {
            item = end;
        }
        at = end;
    }
    Some(inserted(text, before.or(after)?, lines))
}

/// Where a line with this beginning starts.
fn at_line(text: &str, beginning: &str) -> Option<usize> {
    text.match_indices(beginning).map(|(at, _)| at).find(|at| *at == 0 || text[..*at].ends_with('\n'))
}

fn inserted(text: &str, at: usize, added: &str) -> String {
    [&text[..at], added, &text[at..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(file: &str, text: &str) -> Option<String> {
        let name = Name::new("my-space").unwrap();
        ALL.iter().find(|(known, _)| *known == file).unwrap().1(text, &name)
    }

    #[test]
    fn manifests_get_the_feature() {
        let text = "[features]\ndefault = [\"platform-x\"]\nplatforms = [\"platform-x\"]\nplatform-x = []\nmore = []\n";
        assert_eq!(
            added("Cargo.toml", text).unwrap(),
            "[features]\ndefault = [\"platform-x\"]\nplatforms = [\"platform-x\", \"platform-my-space\"]\n\
             platform-x = []\nplatform-my-space = [\"xmp-client/platform-my-space\"]\nmore = []\n"
        );
        assert_eq!(
            added("xmp-client/Cargo.toml", text).unwrap(),
            "[features]\ndefault = [\"platform-x\", \"platform-my-space\"]\nplatforms = [\"platform-x\"]\n\
             platform-x = []\nplatform-my-space = [\"dep:unicode-segmentation\"]\nmore = []\n"
        );
    }

    #[test]
    fn modules_stay_sorted() {
        let gated = "#[cfg(feature = \"platform-my-space\")]\npub mod my_space;\n";
        let (first, last) = ("mod latch;\n", "#[cfg(feature = \"platform-x\")]\npub mod x;\n");
        let all = |parts: &[&str]| Some(parts.concat());
        assert_eq!(added("xmp-client/src/lib.rs", &all(&[first, last]).unwrap()), all(&[first, gated, last]));
        assert_eq!(added("xmp-client/src/lib.rs", first), all(&[first, gated]));
        assert_eq!(added("xmp-client/src/lib.rs", last), all(&[gated, last]));
        assert_eq!(added("xmp-sim/src/lib.rs", first), all(&[first, "mod my_space;\n"]));
    }

    #[test]
    fn registries_get_a_line_after_the_others() {
        let text = "macro_rules! platforms {\n}\n\nplatforms! {\n    X in x,\n}\n\nfn more() {\n}\n";
        let more = "macro_rules! platforms {\n}\n\nplatforms! {\n    X in x,\n    MySpace in my_space,\n}\n\nfn more() {\n}\n";
        assert_eq!(added(WORLD, text).as_deref(), Some(more));
        let name = Name::new("my-space").unwrap();
        assert!(simulates(more, &name) && !simulates(text, &name));
    }

    #[test]
    fn a_place_that_is_gone_is_noticed() {
        for (file, edit) in ALL {
            assert_eq!(edit("fn nothing() {}\n", &Name::new("my-space").unwrap()), None, "{file}");
        }
    }
}
