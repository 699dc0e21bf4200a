//! The table of all methods in all languages: `docs/reference/surface.md`.

mod node;
mod python;
mod rust;

use super::File;
use crate::surface::facade::Code;
use crate::surface::{Field, Method, Mode, Shape, Surface, Type};

const PATH: &str = "docs/reference/surface.md";

const HEAD: &str = "\
# The surface in three languages

<!-- Written by `cargo xtask gen` from xmp-surface/surface.json and the Rust facade. -->

Every method, as each language has it. What may be left out is given by name in Python (`limit=None`), as one object in
Node (`{ limit? }`), and in Rust as fields of a structure of options, or calls of a builder. What is awaited is `async`, or a
`Promise`; Python has a twin without asyncio, in which it blocks. Types are those of xmp; their fields have the same names
everywhere (in Node in `camelCase`). Where a `When` is taken, Python takes a `datetime` too, and Node a `Date`.
";

/// The classes and groups, in the order in which they are read: what they are called in the description, and how a
/// program gets at one.
const GROUPS: &[(&str, &str)] = &[
    ("Xmp", "The engine"),
    ("Xmp.accounts", "Accounts"),
    ("Xmp.posts", "Posts"),
    ("Xmp.series", "Series"),
    ("Xmp.queues", "Queues"),
    ("Xmp.consumers", "Consumers of the event log"),
    ("Xmp.platform", "What a platform itself shows"),
    ("RunningWorker", "A running worker"),
    ("Draft", "A draft, which each method leaves as it is and gives another"),
    ("When", "When a post is due"),
    ("Sim", "The simulator"),
    ("Sim.clock", "The simulator's clock"),
    ("ManualClock", "A clock that tests move"),
];

/// A method, as far as a signature needs it.
struct Signature<'a> {
    /// Without its class and group.
    name: &'a str,
    of: Kind,
    /// Parameters that have to be given, and those that may be left out.
    needed: Vec<&'a Field>,
    left_out: Vec<&'a Field>,
    /// The parameter that is a thing: its name.
    takes: Option<&'a str>,
    answer: Answer<'a>,
}

/// How a method is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Awaited,
    Plain,
    Stream,
}

enum Answer<'a> {
    /// A thing or a value of this class.
    Class(&'a str),
    Value(&'a Type),
}

/// The reference of the surface.
pub(super) fn files(code: &Code, surface: &Surface) -> Vec<File> {
    let mut page = HEAD.to_owned();
    for (group, title) in GROUPS {
        page += &format!("\n## {title}: {}\n\n| Rust | Python | Node |\n|---|---|---|\n", called(group));
        for (name, signature) in signatures(surface, group) {
            let rust = rust::signature(code, &name);
            let cells = [rust, python::signature(&signature), node::signature(&name, &signature)];
            page += &format!("| {} |\n", cells.map(|cell| code_span(&cell)).join(" | "));
        }
    }
    vec![File { path: PATH.to_owned(), content: page }]
}

/// All methods of a class or group: their whole names, and what their signatures are made of.
fn signatures<'a>(surface: &'a Surface, group: &str) -> Vec<(String, Signature<'a>)> {
    let mut all = Vec::new();
    for method in surface.operations.iter().filter(|method| of_group(&method.name) == group) {
        all.push((method.name.clone(), of_method(method)));
    }
    for sugar in surface.sugar.iter().filter(|sugar| of_group(&sugar.name) == group) {
        let class = sugar.name.split('.').next().unwrap_or_default();
        let signature = signature(&sugar.name, Kind::Plain, &sugar.params, Answer::Class(class));
        all.push((sugar.name.clone(), signature));
    }
    for stream in surface.streams.iter().filter(|stream| of_group(&stream.name) == group) {
        let Some(pages) = surface.operations.iter().find(|method| method.name == stream.pages) else {
            continue;
        };
        let item = pages.answer.as_ref().and_then(|answer| item(surface, answer));
        let answer = item.map_or(Answer::Class("unknown"), Answer::Value);
        all.push((stream.name.clone(), signature(&stream.name, Kind::Stream, &pages.params, answer)));
    }
    all
}

fn of_method(method: &Method) -> Signature<'_> {
    let kind = if method.mode == Mode::Call { Kind::Awaited } else { Kind::Plain };
    let answer = match (&method.opens, &method.answer) {
        (Some(class), _) => Answer::Class(class),
        (None, answer) => Answer::Value(answer.as_ref().unwrap_or(&Type::None)),
    };
    let takes = method.takes.as_ref().map(|(name, _)| name.as_str());
    Signature { takes, ..signature(&method.name, kind, &method.params, answer) }
}

fn signature<'a>(name: &'a str, of: Kind, params: &'a [Field], answer: Answer<'a>) -> Signature<'a> {
    // The group of a platform knows which one it is.
    let bound = |field: &&Field| !(of_group(name) == "Xmp.platform" && field.name == "platform");
    let (needed, left_out) = params.iter().filter(bound).partition(|field| field.default.is_none());
    let name = name.rsplit('.').next().unwrap_or_default();
    Signature { name, of, needed, left_out, takes: None, answer }
}

/// What the pages of a stream are made of.
fn item<'a>(surface: &'a Surface, page: &'a Type) -> Option<&'a Type> {
    match page {
        Type::List(item) => Some(item),
        Type::Named(name) => {
            let definition = surface.types.iter().find(|definition| definition.name == *name)?;
            let Shape::Record(fields) = &definition.shape else { return None };
            let items = fields.iter().find(|field| field.name == "items")?;
            item(surface, &items.of)
        }
        _ => None,
    }
}

/// `Xmp.posts` of `Xmp.posts.get`.
fn of_group(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(group, _)| group)
}

/// How a program has a group in its hands: `xmp.posts`.
fn called(group: &str) -> String {
    match group {
        "Xmp.platform" => "`xmp.platform(\"x\")`, or `xmp.x`".to_owned(),
        group => match group.split_once('.') {
            Some((class, group)) => format!("`{}.{group}`", class.to_lowercase()),
            None => format!("`{group}`"),
        },
    }
}

/// Code in the cell of a table; nothing is a dash.
fn code_span(code: &str) -> String {
    if code.is_empty() { "–".to_owned() } else { format!("`{}`", code.replace('|', "\\|")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_writes_a_method_its_own_way() {
        let surface = Surface::read(
            r#"{"operations": [{"name": "Xmp.posts.list", "opening": false, "mode": "call", "doc": "", "params": [
                {"name": "account", "doc": "", "type": {"named": "AccountId"}},
                {"name": "only_live", "doc": "", "type": "bool", "default": false}
            ], "answer": {"list": {"named": "PostView"}}}],
            "streams": [{"name": "Xmp.posts.stream", "pages": "Xmp.posts.list", "place": "", "next": "", "doc": ""}],
            "sugar": [], "types": [], "errors": []}"#,
        );
        let code = Code::read([(
            "posts.rs",
            "impl<'a> Posts<'a> {
                pub async fn list(&self, account: AccountId, filter: &Filter) -> Result<Vec<PostView>> {}
                pub fn stream(self, account: AccountId) -> impl Stream<Item = Result<PostView>> + 'a {}
            }",
        )]);
        let page = files(&code.unwrap(), &surface.unwrap()).remove(0).content;
        let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(
            rows,
            [
                "| `async list(account: AccountId, filter: &Filter) -> Result<Vec<PostView>>` \
             | `async list(account: AccountId, *, only_live=False) -> tuple[PostView, ...]` \
             | `list(account: AccountId, { onlyLive? }): Promise<PostView[]>` |",
                "| `stream(account: AccountId) -> impl Stream<Item = Result<PostView>>` \
             | `stream(account: AccountId, *, only_live=False) -> AsyncGenerator[PostView, None]` \
             | `stream(account: AccountId, { onlyLive? }): AsyncGenerator<PostView>` |",
            ]
        );
    }
}
