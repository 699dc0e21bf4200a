//! The examples of valid and invalid syntax that the protocol's authors publish (`interop-test-files/syntax`).

use std::path::PathBuf;
use std::{env, fs};

/// What is valid and what is not, of one kind: `tid`. `None`, with a message, where the examples are not at hand.
pub(super) fn suite(kind: &str) -> Option<(Vec<String>, Vec<String>)> {
    let folder = env::var_os("XMP_SHARED").map(|shared| PathBuf::from(shared).join("suites/atproto/syntax"));
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        println!("SKIPPED: XMP_SHARED does not name a folder with suites/atproto/syntax");
        return None;
    };
    let read = |which: &str| -> Vec<String> {
        let path = folder.join(format!("{kind}_syntax_{which}.txt"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        // Spaces belong to the examples.
        let examples = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        examples.map(str::to_owned).collect()
    };
    let (valid, invalid) = (read("valid"), read("invalid"));
    assert!(!valid.is_empty() && !invalid.is_empty(), "no examples of {kind}");
    Some((valid, invalid))
}
