//! Parameters as Rails reads them: from JSON, forms, multipart and the query alike, `a[b][]=c` being nested.

use serde_json::{Map, Value};

use crate::call::{Call, Payload};

/// All parameters of a request.
#[derive(Debug)]
pub(super) struct Params(Map<String, Value>);

impl Params {
    pub(super) fn of(call: &Call) -> Self {
        let mut all = Map::new();
        for (name, value) in &call.query {
            insert(&mut all, name, value);
        }
        match &call.payload {
            Payload::Json(Value::Object(body)) => all.extend(body.clone()),
            Payload::Form(fields) => fields.iter().for_each(|(name, value)| insert(&mut all, name, value)),
            Payload::Multipart(parts) => {
                let texts = parts.iter().filter(|part| !matches!(part.name.as_str(), "file" | "thumbnail"));
                texts.for_each(|part| insert(&mut all, &part.name, &part.text()));
            }
            _ => {}
        }
        Self(all)
    }

    /// The parameters nested under a name.
    pub(super) fn nested(&self, name: &str) -> Option<Self> {
        self.0.get(name)?.as_object().map(|nested| Self(nested.clone()))
    }

    /// A text that is not blank.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).and_then(text).filter(|text| !text.trim().is_empty())
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| matches!(text.as_str(), "true" | "1" | "on"))
    }

    /// The items of a list; a lone value is a list of one.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
            Some(alone) => text(alone).into_iter().collect(),
            None => Vec::new(),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn insert(into: &mut Map<String, Value>, name: &str, value: &str) {
    let Some((head, rest)) = name.split_once('[') else {
        into.insert(name.to_owned(), value.into());
        return;
    };
    let (inner, rest) = rest.split_once(']').unwrap_or((rest, ""));
    if inner.is_empty() {
        if let Value::Array(items) = into.entry(head).or_insert_with(|| Vec::<Value>::new().into()) {
            items.push(value.into());
        }
    } else if let Value::Object(nested) = into.entry(head).or_insert_with(|| Map::new().into()) {
        insert(nested, &format!("{inner}{rest}"), value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn brackets_nest() {
        let mut all = Map::new();
        for (name, value) in [
            ("status", "hi"),
            ("media_ids[]", "1"),
            ("media_ids[]", "2"),
            ("poll[options][]", "a"),
            ("poll[x]", "y"),
        ] {
            insert(&mut all, name, value);
        }
        let expected =
            json!({ "status": "hi", "media_ids": ["1", "2"], "poll": { "options": ["a"], "x": "y" } });
        assert_eq!(Value::Object(all), expected);
    }
}
