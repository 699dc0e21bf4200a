//! The description of the surface, as the generators and checks read it (`xmp-surface/surface.json`; its words are
//! explained in `xmp-surface/src/describe/model.rs`).

pub(crate) mod case;
pub(crate) mod facade;

use std::fs;

use serde::Deserialize;
use serde_json::Value;

use crate::workspace::Workspace;

/// Where the description is.
pub(crate) const FILE: &str = "xmp-surface/surface.json";

#[derive(Debug, Deserialize)]
pub(crate) struct Surface {
    pub(crate) operations: Vec<Method>,
    pub(crate) streams: Vec<Stream>,
    pub(crate) sugar: Vec<Sugar>,
    pub(crate) types: Vec<Definition>,
    pub(crate) errors: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) opening: bool,
    pub(crate) mode: Mode,
    pub(crate) doc: String,
    pub(crate) takes: Option<(String, String)>,
    pub(crate) params: Vec<Field>,
    pub(crate) answer: Option<Type>,
    pub(crate) opens: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    Call,
    Now,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) doc: String,
    #[serde(rename = "type")]
    pub(crate) of: Type,
    /// As JSON has it; `Some(Value::Null)` where it may be left out and is nothing then.
    #[serde(default, deserialize_with = "there")]
    pub(crate) default: Option<Value>,
    #[serde(default)]
    pub(crate) redact: bool,
}

/// A `null` that is written is a default; one that is not there is none.
fn there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Type {
    None,
    Text,
    Secret,
    Int,
    Bool,
    Time,
    Duration,
    Path,
    Attachment,
    Json,
    Named(String),
    Optional(Box<Type>),
    List(Box<Type>),
    Map(Box<Type>),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) doc: String,
    #[serde(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    Alias(Type),
    Record(Vec<Field>),
    Words(Vec<Word>),
    Tagged(Vec<Variant>),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Word {
    pub(crate) word: String,
    pub(crate) doc: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Variant {
    pub(crate) word: String,
    pub(crate) doc: String,
    #[serde(flatten)]
    pub(crate) payload: Payload,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Payload {
    Empty,
    Value(Type),
    Fields(Vec<Field>),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Stream {
    pub(crate) name: String,
    pub(crate) pages: String,
    pub(crate) place: String,
    pub(crate) next: String,
    pub(crate) doc: String,
    #[serde(default)]
    pub(crate) acknowledge: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Sugar {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) params: Vec<Field>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Kind {
    pub(crate) kind: String,
    pub(crate) meaning: String,
    pub(crate) severity: String,
}

impl Surface {
    /// The description as it is checked in.
    pub(crate) fn checked_in(workspace: &Workspace) -> Result<Self, String> {
        let text = fs::read_to_string(workspace.root.join(FILE))
            .map_err(|error| format!("{FILE} cannot be read: {error}"))?;
        Self::read(&text)
    }

    pub(crate) fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("{FILE} is not a surface: {error}"))
    }
}

impl Method {
    /// `Xmp.posts.get` is `("Xmp", Some("posts"), "get")`.
    pub(crate) fn path(&self) -> (&str, Option<&str>, &str) {
        let mut words = self.name.split('.');
        match (words.next().unwrap_or_default(), words.next().unwrap_or_default(), words.next()) {
            (class, group, Some(method)) => (class, Some(group), method),
            (class, method, None) => (class, None, method),
        }
    }
}
