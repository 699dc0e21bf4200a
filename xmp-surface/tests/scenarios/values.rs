//! Values of a story, made into what goes over the wire.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::root;

/// The answers that a story keeps, by name.
#[derive(Default)]
pub(crate) struct Kept(BTreeMap<String, Value>);

impl Kept {
    /// Begins with the folder of the story.
    pub(crate) fn new(folder: &Path) -> Self {
        Self(BTreeMap::from([("tmp".to_owned(), Value::from(folder.to_string_lossy()))]))
    }

    pub(crate) fn keep(&mut self, name: &str, answer: Value) {
        self.0.insert(name.to_owned(), answer);
    }

    /// A value with all that it refers to; the bytes in it go to `attachments`.
    pub(crate) fn resolve(&self, value: &Value, attachments: &mut Vec<Bytes>) -> Result<Value, String> {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().map(|item| self.resolve(item, attachments)).collect(),
            Value::Object(fields) => {
                if let Some(path) = path_of(fields) {
                    return Ok(Value::from(root().join(path).to_string_lossy()));
                }
                if let Some(bytes) = bytes_of(fields)? {
                    attachments.push(bytes);
                    return Ok(Value::from(attachments.len() - 1));
                }
                let field =
                    |(name, value): (&String, &Value)| Ok((name.clone(), self.resolve(value, attachments)?));
                fields.iter().map(field).collect::<Result<Map<_, _>, String>>().map(Value::Object)
            }
            plain => Ok(plain.clone()),
        }
    }

    fn text(&self, text: &str) -> Result<Value, String> {
        if let Some(path) = text.strip_prefix('$').filter(|path| !path.starts_with('{')) {
            return self.at(path).cloned();
        }
        let mut whole = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (path, tail) = after.split_once('}').ok_or_else(|| format!("{text:?} has no `}}`"))?;
            let part = self.at(path)?;
            whole += before;
            whole += part.as_str().ok_or_else(|| format!("{path} is no text: {part}"))?;
            rest = tail;
        }
        Ok(Value::from(whole + rest))
    }

    fn at(&self, path: &str) -> Result<&Value, String> {
        let mut words = path.split('.');
        let kept = words.next().and_then(|name| self.0.get(name));
        let found = words.try_fold(kept, |value, word| {
            let value = value?;
            Some(word.parse::<usize>().map_or_else(|_| value.get(word), |index| value.get(index)))
        });
        found.flatten().ok_or_else(|| format!("nothing is kept as {path}"))
    }
}

/// `{ path = "…" }`: a file below the repository.
fn path_of(fields: &Map<String, Value>) -> Option<&str> {
    fields.get("path").filter(|_| fields.len() == 1)?.as_str()
}

/// `{ bytes = "…" }`, or `{ bytes = "…", size = … }`.
fn bytes_of(fields: &Map<String, Value>) -> Result<Option<Bytes>, String> {
    let alone = fields.keys().all(|name| matches!(name.as_str(), "bytes" | "size"));
    let Some(text) = fields.get("bytes").filter(|_| alone).and_then(Value::as_str) else { return Ok(None) };
    let mut bytes = STANDARD.decode(text).map_err(|error| format!("{text:?} is not base64: {error}"))?;
    if let Some(size) = fields.get("size").and_then(Value::as_u64) {
        bytes.resize(usize::try_from(size).map_err(|error| error.to_string())?, 0);
    }
    Ok(Some(bytes.into()))
}
