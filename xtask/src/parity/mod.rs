//! The Rust facade against the description of the surface: the same methods, with the same parameters and defaults, in
//! every language.
//!
//! Both are read into items, `Xmp.posts.get` for a method and `Xmp.posts.get(id)` for a parameter of it, and compared;
//! what one of them has alone stands in [`alone`], with its reason.

mod alone;
mod defaults;
mod described;
mod facade;
pub(crate) mod lines;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::report::Outcome;
use crate::surface::Surface;
use crate::surface::facade::Code;
use crate::workspace::Workspace;

use alone::Alone;

/// Methods and parameters, by name.
type Items = BTreeMap<String, LeftOut>;

/// What a parameter is that is left out.
#[derive(Clone, Debug, PartialEq)]
enum LeftOut {
    /// This value, as the wire has it.
    Is(Value),
    /// It can't be left out.
    Refused,
    /// Nothing says: a method, or an argument of a Rust function, which always has to be given.
    Unsaid,
}

/// Fails with each method, parameter and default that the facade and the description don't share.
pub(crate) fn rust(workspace: &Workspace) -> Outcome {
    held_against_each_other(workspace).into()
}

fn held_against_each_other(workspace: &Workspace) -> Result<(), String> {
    let code = Code::of(workspace)?;
    let described = described::items(&Surface::checked_in(workspace)?);
    let differences = differences(&facade::items(&code)?, &described, &alone::ALONE);
    if differences.is_empty() {
        return Ok(());
    }
    Err(format!("Rust and the description of the surface differ:\n  {}", differences.join("\n  ")))
}

fn differences(rust: &Items, described: &Items, alone: &Alone) -> Vec<String> {
    let mut found = Vec::new();
    for (item, left_out) in rust {
        match described.get(item) {
            Some(other)
                if *left_out != *other && *left_out != LeftOut::Unsaid && *other != LeftOut::Unsaid =>
            {
                found.push(format!("{item}, left out: Rust has {left_out:?}, the description {other:?}"));
            }
            None if !alone.in_rust(item) => {
                found.push(format!(
                    "{item} is in Rust, and neither described nor in the list of what Rust alone has"
                ));
            }
            _ => {}
        }
    }
    for item in described.keys().filter(|item| !rust.contains_key(*item) && !alone.in_description(item)) {
        found.push(format!("{item} is described and not in Rust"));
    }
    found.extend(alone.stale(rust, described));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SURFACE: &str = r#"{
        "operations": [
            {"name": "Xmp.posts.get", "opening": false, "mode": "call", "doc": "", "params": [
                {"name": "id", "doc": "", "type": {"named": "PostId"}}], "answer": {"named": "PostView"}},
            {"name": "Xmp.start_worker", "opening": false, "mode": "call", "doc": "", "params": [
                {"name": "poll", "doc": "", "type": "duration", "default": {"secs": 1, "nanos": 0}},
                {"name": "slots", "doc": "", "type": "int", "default": 16}], "opens": "RunningWorker"}
        ],
        "streams": [], "sugar": [], "types": [], "errors": []
    }"#;

    const RUST: &str = "
        impl<'a> Posts<'a> { pub async fn get(&self, id: PostId) -> Result<PostView> {} fn hidden(&self) {} }
        impl Xmp {
            pub fn start_worker(&self, options: WorkerOptions) -> Result<RunningWorker> {}
            pub fn worker(&self) {}
        }
        pub struct WorkerOptions { pub poll: Duration, pub slots: usize }
        impl Default for WorkerOptions {
            fn default() -> Self { Self { poll: Duration::from_secs(1), slots: 4 * 4 } }
        }";

    const ALONE: Alone = Alone { rust: &[("Xmp.worker", "run by the caller")], described: &[] };

    /// The differences after this change of the Rust.
    fn after(from: &str, to: &str) -> Vec<String> {
        assert!(RUST.contains(from));
        let code = Code::read([("facade.rs", RUST.replace(from, to).as_str())]).unwrap();
        let described = described::items(&Surface::read(SURFACE).unwrap());
        differences(&facade::items(&code).unwrap(), &described, &ALONE)
    }

    #[test]
    fn what_is_the_same_has_no_differences() {
        assert_eq!(after("get", "get"), Vec::<String>::new());
    }

    #[test]
    fn a_deleted_method_is_caught() {
        let found = after("pub async fn get(&self, id: PostId) -> Result<PostView> {}", "");
        assert_eq!(
            found,
            ["Xmp.posts.get is described and not in Rust", "Xmp.posts.get(id) is described and not in Rust",]
        );
    }

    #[test]
    fn a_new_method_is_caught() {
        let found = after("fn hidden(&self)", "pub fn shown(&self)");
        assert!(found[0].starts_with("Xmp.posts.shown is in Rust"), "{found:?}");
    }

    #[test]
    fn a_renamed_parameter_is_caught() {
        let found = after("id: PostId", "post: PostId");
        assert!(found[0].starts_with("Xmp.posts.get(post) is in Rust"), "{found:?}");
        assert_eq!(found[1], "Xmp.posts.get(id) is described and not in Rust");
        let found = after("pub slots: usize", "pub places: usize");
        assert!(found.iter().any(|one| one.starts_with("Xmp.start_worker(places) is in Rust")), "{found:?}");
    }

    #[test]
    fn a_changed_default_is_caught() {
        let found = after("slots: 4 * 4", "slots: 4");
        assert_eq!(
            found,
            ["Xmp.start_worker(slots), left out: Rust has Is(Number(4)), the description Is(Number(16))"]
        );
        let found = after("from_secs(1)", "from_millis(1)");
        assert!(found[0].starts_with("Xmp.start_worker(poll), left out"), "{found:?}");
    }

    #[test]
    fn an_exception_that_excuses_nothing_is_caught() {
        let found = after("pub fn worker(&self) {}", "");
        assert_eq!(found, ["Xmp.worker is in the list of what Rust alone has, and is not there alone"]);
    }
}
