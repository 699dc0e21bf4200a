//! How many lines of hand a method of the bindings costs.

use std::fs;
use std::path::Path;

use crate::report::Outcome;
use crate::workspace::Workspace;

/// The most that the entry of an operation may take.
const MOST: usize = 10;

/// Where the operations are.
const TABLE: &str = "xmp-surface/src/table";
/// Where what is written by hand in the languages is.
const BINDINGS: &[&str] = &["bindings-python", "bindings-node"];
/// Folders of theirs that are written by a program, or test the rest.
const NOT_BY_HAND: &[&str] = &["generated", "test", "tests"];

/// Prints how many lines each operation takes, and fails where one takes too many.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    count(workspace).into()
}

fn count(workspace: &Workspace) -> Result<(), String> {
    let mut methods = Vec::new();
    let mut by_hand = 0;
    for path in workspace.files()? {
        let read = || {
            fs::read_to_string(workspace.root.join(&path))
                .map_err(|error| format!("{} cannot be read: {error}", path.display()))
        };
        if path.starts_with(TABLE) {
            methods.extend(entries(&read()?));
        } else if is_runtime(&path) {
            by_hand += read()?.lines().filter(|line| !line.trim().is_empty()).count();
        }
    }
    println!("{}", summary(&methods)?);
    println!("binding lines by hand besides: {by_hand}, {} a method", tenths(by_hand, methods.len()));
    let long: Vec<_> = methods.iter().filter(|(_, lines)| *lines > MOST).collect();
    if long.is_empty() {
        return Ok(());
    }
    Err(format!("entries of more than {MOST} lines: {long:?}"))
}

/// Whether a file is hand-written source that runs in a binding.
fn is_runtime(path: &Path) -> bool {
    let source = path.extension().is_some_and(|end| ["rs", "py", "ts"].iter().any(|one| end == *one));
    let mut folders = path.iter();
    let binding = folders.next().is_some_and(|first| BINDINGS.iter().any(|one| first == *one));
    source && binding && !folders.any(|folder| NOT_BY_HAND.iter().any(|one| folder == *one))
}

/// The operations of one file of the table, each with its lines that are neither documentation, attributes nor blank.
fn entries(source: &str) -> Vec<(String, usize)> {
    let mut entries: Vec<(String, usize)> = Vec::new();
    let mut within = false;
    for line in source.lines() {
        let code = line.trim();
        if let Some(name) = name_of(code) {
            entries.push((name.to_owned(), 0));
            within = true;
        }
        // What begins the next entry, or ends the table.
        within &= !line.starts_with("    ///") && !line.starts_with('}');
        let counted = within && !code.is_empty() && !code.starts_with("//") && !code.starts_with("#[");
        if let Some((_, lines)) = entries.last_mut().filter(|_| counted) {
            *lines += 1;
        }
    }
    entries
}

/// `Xmp.posts.get` of `Call "Xmp.posts.get" (`.
fn name_of(code: &str) -> Option<&str> {
    let rest = code.strip_prefix("Call \"").or_else(|| code.strip_prefix("Now \""))?;
    rest.split_once('"').map(|(name, _)| name)
}

fn summary(methods: &[(String, usize)]) -> Result<String, String> {
    let shortest = methods.iter().map(|(_, lines)| lines).min();
    let longest = methods.iter().max_by_key(|(_, lines)| lines);
    let (Some(least), Some((name, most))) = (shortest, longest) else {
        return Err(format!("{TABLE} has no operations"));
    };
    let mean = tenths(methods.iter().map(|(_, lines)| lines).sum(), methods.len());
    Ok(format!(
        "binding lines a method: {least}-{most}, mean {mean}, {} methods; the longest: {name} {most}",
        methods.len()
    ))
}

/// A mean with one digit, rounded to the nearest.
fn tenths(sum: usize, among: usize) -> String {
    let tenths = (sum * 10 + among / 2).checked_div(among).unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"
operations! { POSTS on Xmp;
    /// One post.
    Call "Xmp.posts.get" (
        xmp,
        /// The post.
        id: PostId,
        #[serde(flatten)]
        options: Options,
    ) -> PostView { xmp.posts().get(id).await? }

    /// All of them.
    Now "Xmp.posts.all" (xmp) -> Vec<PostView> { xmp.all() }
}

fn not_of_the_table() {}
"#;

    #[test]
    fn documentation_attributes_and_blank_lines_do_not_count() {
        assert_eq!(entries(TABLE), [("Xmp.posts.get".to_owned(), 5), ("Xmp.posts.all".to_owned(), 1)]);
    }

    #[test]
    fn the_summary_names_the_longest() {
        let expected = "binding lines a method: 1-5, mean 3.0, 2 methods; the longest: Xmp.posts.get 5";
        assert_eq!(summary(&entries(TABLE)).unwrap(), expected);
        assert!(summary(&[]).is_err());
    }

    #[test]
    fn only_what_runs_and_is_written_by_hand_counts() {
        assert!(is_runtime(Path::new("bindings-python/src/lib.rs")));
        assert!(is_runtime(Path::new("bindings-node/ts/runtime/bridge.ts")));
        assert!(!is_runtime(Path::new("bindings-node/ts/generated/classes.ts")));
        assert!(!is_runtime(Path::new("bindings-python/tests/test_draft.py")));
        assert!(!is_runtime(Path::new("bindings-node/package.json")));
        assert!(!is_runtime(Path::new("src/lib.rs")));
    }
}
