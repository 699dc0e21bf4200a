//! Python text.

use std::fmt::Write;

use crate::surface::Field;

/// As long as the lines of the package's own code.
const WIDTH: usize = 110;

/// A text under construction.
#[derive(Default)]
pub(super) struct Text(pub(super) String);

impl Text {
    pub(super) fn line(&mut self, depth: usize, line: impl AsRef<str>) {
        let line = line.as_ref().trim_end();
        if !line.is_empty() {
            self.0.extend(std::iter::repeat_n("    ", depth));
            self.0.push_str(line);
        }
        self.0.push('\n');
    }

    /// A docstring: what something is, and its parameters or fields.
    pub(super) fn doc(&mut self, depth: usize, doc: &str, heading: &str, fields: &[(&str, &str)]) {
        let mut lines = wrapped(doc, WIDTH - depth * 4 - 3);
        if !fields.is_empty() {
            lines.push(String::new());
            lines.push(format!("{heading}:"));
        }
        for (name, doc) in fields {
            let text = format!("{name}: {doc}");
            for (at, line) in wrapped(&text, WIDTH - depth * 4 - 8).into_iter().enumerate() {
                lines.push(format!("{}{line}", if at == 0 { "    " } else { "        " }));
            }
        }
        let (first, rest) =
            lines.split_first().map_or((String::new(), &[][..]), |(first, rest)| (first.clone(), rest));
        if rest.is_empty() {
            return self.line(depth, format!("\"\"\"{first}\"\"\""));
        }
        self.line(depth, format!("\"\"\"{first}"));
        for line in rest {
            self.line(depth, line);
        }
        self.line(depth, "\"\"\"");
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split("\n\n") {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            let _ = write!(line, "{}{word}", if line.is_empty() { "" } else { " " });
        }
        lines.push(line);
    }
    lines
}

/// Names and documentation, for [`Text::doc`].
pub(super) fn documented(fields: &[Field]) -> Vec<(&str, &str)> {
    fields.iter().map(|field| (field.name.as_str(), field.doc.as_str())).collect()
}

/// Where a module may import names from: the module, and the names. Those that it doesn't use are left out.
pub(super) type Imports = Vec<(String, Vec<String>)>;

/// Names that modules import from outside the package, and from its own hand-written part.
const COMMON: &[(&str, &[&str])] = &[
    ("", &["builtins", "os"]),
    ("collections.abc", &["AsyncGenerator", "Generator", "Iterable", "Mapping", "Sequence"]),
    ("dataclasses", &["dataclass", "field"]),
    ("datetime", &["datetime", "timedelta"]),
    ("types", &["TracebackType"]),
    ("typing", &["Any", "Literal", "TypeAlias", "Union"]),
    ("xmp", &["_check", "_wire"]),
    ("xmp._aio", &["AioCaller", "Opening"]),
    ("xmp._blocking", &["BlockingCaller"]),
    ("xmp._caller", &["Caller"]),
    ("xmp._errors", &["XmpError"]),
    ("xmp._frozen", &["FrozenMap", "frozen"]),
];

/// A whole module: what it is, what it imports, what it gives, and its content.
pub(super) fn module(doc: &str, more: &Imports, exports: &[String], body: &str) -> String {
    let mut text = Text::default();
    text.line(0, format!("\"\"\"{doc}\"\"\"\n\nfrom __future__ import annotations\n"));
    // Without docstrings and texts.
    let code: String = body.split("\"\"\"").step_by(2).collect();
    let code: String = code.split('"').step_by(2).collect();
    let used = |name: &str| {
        let word = |letter: char| letter.is_alphanumeric() || letter == '_';
        code.match_indices(name).any(|(at, _)| {
            let (before, after) = (&code[..at], &code[at + name.len()..]);
            !before.ends_with(|letter| word(letter) || letter == '.')
                && !after.starts_with(|letter| word(letter) || letter == '=')
        })
    };
    let common = COMMON
        .iter()
        .map(|(from, names)| ((*from).to_owned(), names.iter().map(ToString::to_string).collect()));
    for (from, names) in common.chain(more.clone()) {
        let mut names: Vec<_> = names.into_iter().filter(|name| used(name)).collect();
        names.sort();
        match from.as_str() {
            "" => names.iter().for_each(|name| text.line(0, format!("import {name}"))),
            _ if names.is_empty() => {}
            _ => text.line(0, format!("from {from} import {}", names.join(", "))),
        }
    }
    text.line(0, "\n__all__ = [");
    let mut exports = exports.to_vec();
    exports.sort();
    exports.iter().for_each(|name| text.line(1, format!("\"{name}\",")));
    text.line(0, "]");
    text.0 + body
}
