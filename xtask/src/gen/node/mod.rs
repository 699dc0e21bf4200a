//! The TypeScript surface: `bindings-node/ts/generated/`.
//!
//! What is written here is what a user reads and a compiler checks: types, options, classes, errors, and for each record
//! a function that makes it out of what Rust sent, or checks and sends what a caller gave. How calls are made, and what a
//! text or a time is, stands in `bindings-node/ts/runtime/`, by hand.

mod classes;
mod decode;
mod encode;
mod errors;
mod imports;
mod methods;
mod names;
mod options;
mod reach;
mod types;

use super::File;
use crate::surface::Surface;
use reach::Reach;

const FOLDER: &str = "bindings-node/ts/generated";
const HEAD: &str =
    "// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.\n\n";

/// Platforms that have a property of their own: `xmp.x` is `xmp.platform("x")`.
const PLATFORMS: &[&str] = &["x"];

/// A record that has a class of its own, in the runtime: what a caller may give is called `DraftInit`.
const DRAFT: &str = "Draft";

/// The generated files of the Node package.
pub(super) fn files(surface: &Surface) -> Vec<File> {
    let reach = Reach::of(surface);
    let ts = Ts { surface, reach: &reach };
    let mut files = vec![
        ("words", ts.words()),
        ("types", ts.records()),
        ("tagged", ts.tagged()),
        ("options", ts.options()),
        ("wire", ts.wire()),
        ("decode", ts.decoders()),
        ("encode", ts.encoders()),
        ("errors", ts.errors()),
        ("error-classes", ts.error_classes()),
    ];
    files.extend(classes::CLASSES.iter().map(|class| (class.file, ts.class(class))));
    let file =
        |(name, content)| File { path: format!("{FOLDER}/{name}.ts"), content: format!("{HEAD}{content}") };
    files.into_iter().map(file).collect()
}

/// Writes TypeScript.
#[derive(Clone, Copy)]
struct Ts<'a> {
    surface: &'a Surface,
    reach: &'a Reach<'a>,
}
