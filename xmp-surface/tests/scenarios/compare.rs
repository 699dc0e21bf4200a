//! What was got, held against what was expected.

use serde_json::Value;

/// Anything but nothing.
const SOME: &str = "*";
/// Nothing.
const NONE: &str = "~";

/// Says at which place the answer lacks what it has to have.
pub(crate) fn has(expected: &Value, got: &Value) -> Result<(), String> {
    at("", expected, got)
}

fn at(place: &str, expected: &Value, got: &Value) -> Result<(), String> {
    let same = match (expected, got) {
        (Value::String(word), _) if word == SOME => !got.is_null(),
        (Value::String(word), _) if word == NONE => got.is_null(),
        (Value::Object(fields), Value::Object(_)) => {
            return fields.iter().try_for_each(|(name, expected)| {
                let got = got.get(name).unwrap_or(&Value::Null);
                at(&format!("{place}.{name}"), expected, got)
            });
        }
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            let mut pairs = expected.iter().zip(got).enumerate();
            return pairs
                .try_for_each(|(index, (expected, got))| at(&format!("{place}.{index}"), expected, got));
        }
        (expected, got) => expected == got,
    };
    if same {
        return Ok(());
    }
    let place = if place.is_empty() { "the answer" } else { place };
    Err(format!("{place}: expected {expected}, got {got}"))
}
