//! The description as plain data. Its JSON is checked in, and is what generators and checks of other languages read.

use serde::Serialize;
use serde_json::Value;
use xmp::Severity;

use crate::Mode;

/// The whole surface.
#[derive(Debug, Serialize)]
pub struct Surface {
    /// The operations, in the order in which they are documented.
    pub operations: Vec<Method>,
    /// Methods that go over the items of all pages of another one.
    pub streams: &'static [Stream],
    /// Methods that make values and call nothing, written by hand in each language.
    pub sugar: Vec<Sugar>,
    /// The types that they name.
    pub types: Vec<Definition>,
    /// The kinds of errors.
    pub errors: Vec<Kind>,
}

/// An operation.
#[derive(Debug, Serialize)]
pub struct Method {
    /// `Class.group.method`, or `Class.method`.
    pub name: &'static str,
    /// Whether it is called on nothing: it opens something.
    pub opening: bool,
    /// How it is called.
    pub mode: Mode,
    /// What it does.
    pub doc: String,
    /// A parameter that is a thing of another class: its name, and the class. It may be left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes: Option<(&'static str, &'static str)>,
    /// Its parameters, in order.
    pub params: Vec<Field>,
    /// What it gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Type>,
    /// The class of the thing that it opens, in place of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens: Option<&'static str>,
}

/// A parameter, or a field of a record.
#[derive(Debug, Serialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it is.
    pub doc: String,
    /// Its type.
    #[serde(rename = "type")]
    pub of: Type,
    /// What it is if it is left out, as the wire has it. Without a default it must be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether it must not be shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub redact: bool,
}

/// A type, as the wire has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// Nothing.
    None,
    /// A text.
    Text,
    /// A text that must not be shown.
    Secret,
    /// A whole number, not negative.
    Int,
    /// True or false.
    Bool,
    /// A moment: RFC 3339, in UTC.
    Time,
    /// A length of time: `{"secs", "nanos"}`.
    Duration,
    /// A path of a file or folder.
    Path,
    /// Bytes beside the parameters: the place in the list of attachments.
    Attachment,
    /// Anything that JSON can say.
    Json,
    /// One of the types that are defined, by name.
    Named(String),
    /// That, or nothing.
    Optional(Box<Type>),
    /// A list of that.
    List(Box<Type>),
    /// That by names.
    Map(Box<Type>),
}

/// A defined type.
#[derive(Debug, Serialize)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it is.
    pub doc: String,
    /// What it is made of.
    #[serde(flatten)]
    pub shape: Shape,
}

/// What a defined type is made of.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Another name of a text: an id.
    Alias(Type),
    /// An object with these fields.
    Record(Vec<Field>),
    /// One of these words.
    Words(Vec<Word>),
    /// One of these: a word alone, or an object of one field, which is named by the word.
    Tagged(Vec<Variant>),
}

/// A word of a closed set.
#[derive(Debug, Serialize)]
pub struct Word {
    /// The word.
    pub word: String,
    /// What it means.
    pub doc: String,
}

/// One of the forms that a value may have.
#[derive(Debug, Serialize)]
pub struct Variant {
    /// The word that names the form.
    pub word: String,
    /// What it means.
    pub doc: String,
    /// What comes with the word.
    #[serde(flatten)]
    pub payload: Payload,
}

/// What comes with the word that names a form.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// Nothing: `"word"`.
    Empty,
    /// One value: `{"word": value}`.
    Value(Type),
    /// Fields: `{"word": {…}}`.
    Fields(Vec<Field>),
}

/// A method that goes over the items of all pages of another one, and has its parameters.
#[derive(Debug, Serialize)]
pub struct Stream {
    /// `Class.group.method`, or `Class.method`.
    pub name: &'static str,
    /// The method that reads a page: a list, or a record with `items`.
    pub pages: &'static str,
    /// The parameter of that method that says where a page begins.
    pub place: &'static str,
    /// Where the next page begins: a field of the last item (`post.id`), or of the page (`.next`).
    pub next: &'static str,
    /// The method that is told, by the first parameter of that one and `next`, that an item was taken: such a stream has no end,
    /// and the next page begins behind it. It waits a minute for a page where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledge: Option<&'static str>,
    /// What it does.
    pub doc: &'static str,
}

/// A method that makes a value of its class and calls nothing.
#[derive(Debug, Serialize)]
pub struct Sugar {
    /// `Class.method`.
    pub name: &'static str,
    /// Whether it is called on the class; else on a value, which it leaves as it was.
    pub constructor: bool,
    /// What it does.
    pub doc: &'static str,
    /// Its parameters, in order. `MediaSource` is no type of the wire: a path or bytes, as the language has them.
    pub params: Vec<Field>,
}

/// A kind of errors.
#[derive(Debug, Serialize)]
pub struct Kind {
    /// The word.
    pub kind: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// How bad it is where nothing more is known.
    pub severity: Severity,
}
