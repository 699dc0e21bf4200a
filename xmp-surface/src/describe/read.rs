//! Reads the JSON schemas that are derived from the Rust types.

use serde_json::Value;

use super::model::{Definition, Field, Payload, Shape, Type, Variant, Word};

type Read<T> = Result<T, String>;

/// A defined type.
pub(super) fn definition(name: &str, schema: &Value) -> Read<Definition> {
    let shape = shape(schema).map_err(|error| format!("{name}: {error}"))?;
    Ok(Definition { name: name.to_owned(), doc: doc(schema), shape })
}

fn shape(schema: &Value) -> Read<Shape> {
    if let Some(forms) = schema["oneOf"].as_array() {
        let words = forms.iter().all(|form| form["const"].is_string());
        return if words {
            let word = |form: &Value| Word { word: text(&form["const"]), doc: doc(form) };
            Ok(Shape::Words(forms.iter().map(word).collect()))
        } else {
            Ok(Shape::Tagged(forms.iter().map(variant).collect::<Read<_>>()?))
        };
    }
    if let Some(words) = schema["enum"].as_array() {
        return Ok(Shape::Words(
            words.iter().map(|word| Word { word: text(word), doc: String::new() }).collect(),
        ));
    }
    match type_of(schema) {
        Ok(of) => Ok(Shape::Alias(of)),
        Err(_) => Ok(Shape::Record(fields(schema)?)),
    }
}

fn variant(form: &Value) -> Read<Variant> {
    if let Some(word) = form["const"].as_str() {
        return Ok(Variant { word: word.to_owned(), doc: doc(form), payload: Payload::Empty });
    }
    let mut properties = form["properties"].as_object().into_iter().flatten();
    let (Some((word, inner)), None) = (properties.next(), properties.next()) else {
        return Err(format!("a form has other than one property: {form}"));
    };
    let payload = match type_of(inner) {
        Ok(of) => Payload::Value(of),
        Err(_) => Payload::Fields(fields(inner)?),
    };
    Ok(Variant { word: word.clone(), doc: doc(form), payload })
}

/// The properties of an object, in order.
pub(super) fn fields(schema: &Value) -> Read<Vec<Field>> {
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, property)| {
            let of = type_of(property).map_err(|error| format!("{name}: {error}"))?;
            let left_out = match &of {
                Type::Optional(_) | Type::Json => Some(Value::Null),
                Type::List(_) => Some(Value::Array(Vec::new())),
                _ => None,
            };
            let default = property.get("default").cloned().or(left_out).filter(|_| !required(name));
            if default.is_none() && !required(name) {
                return Err(format!("{name} may be left out and has no default"));
            }
            let redact = of == Type::Secret
                || of == Type::Optional(Box::new(Type::Secret))
                || property["x-redact"] == true;
            Ok(Field { name: name.clone(), doc: doc(property), of, default, redact })
        })
        .collect()
}

/// A type that is no definition of its own.
pub(super) fn type_of(schema: &Value) -> Read<Type> {
    if schema == &Value::Bool(true) {
        return Ok(Type::Json);
    }
    let optional = |of| Type::Optional(Box::new(of));
    if let Some(name) = schema["$ref"].as_str() {
        return Ok(match name.trim_start_matches("#/$defs/") {
            "Secret" => Type::Secret,
            "Duration" => Type::Duration,
            "Attachment" => Type::Attachment,
            name => Type::Named(name.to_owned()),
        });
    }
    if let Some(forms) = schema["anyOf"].as_array() {
        let mut some = forms.iter().filter(|form| form["type"] != "null");
        let (Some(form), None) = (some.next(), some.next()) else {
            return Err(format!("a choice: {schema}"));
        };
        return type_of(form).map(optional);
    }
    match &schema["type"] {
        Value::Array(names) => {
            let name = names.iter().find(|name| *name != "null").cloned().unwrap_or_default();
            let mut one = schema.clone();
            one["type"] = name;
            type_of(&one).map(optional)
        }
        Value::String(name) => named(name, schema),
        // What says nothing of its type takes anything.
        Value::Null if schema.get("properties").is_none() && schema.get("oneOf").is_none() => Ok(Type::Json),
        _ => Err(format!("no words for {schema}")),
    }
}

fn named(name: &str, schema: &Value) -> Read<Type> {
    let format = schema["format"].as_str();
    Ok(match (name, format) {
        ("null", _) => Type::None,
        ("boolean", _) => Type::Bool,
        ("string", Some("date-time")) => Type::Time,
        ("string", Some("path")) => Type::Path,
        ("string", None) => Type::Text,
        ("integer", _) if schema["minimum"] == 0 => Type::Int,
        ("array", _) => Type::List(Box::new(type_of(&schema["items"])?)),
        ("object", _) if schema.get("additionalProperties").is_some_and(Value::is_object) => {
            Type::Map(Box::new(type_of(&schema["additionalProperties"])?))
        }
        _ => return Err(format!("no words for {schema}")),
    })
}

fn doc(schema: &Value) -> String {
    prose(schema["description"].as_str().unwrap_or_default())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Documentation in words that hold in every language: without code, links to Rust items and line breaks.
pub(super) fn prose(doc: &str) -> String {
    let before_code = doc.split("```").next().unwrap_or_default();
    let paragraphs = before_code.split("\n\n").map(|paragraph| {
        let words = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        without_links(&words).replace("::", ".")
    });
    paragraphs.filter(|paragraph| !paragraph.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// ``[`name`](target)`` and ``[`name`]`` become `` `name` ``.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("[`") {
        let Some((name, tail)) = after.split_once("`]") else { break };
        plain.push_str(before);
        plain.push_str(&format!("`{name}`"));
        rest = match tail.strip_prefix('(').and_then(|target| target.split_once(')')) {
            Some((_, tail)) => tail,
            None => tail,
        };
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prose_holds_in_every_language() {
        let rust = "Ends what\n[`connect`](Self::connect) began. See [`Error::kind`].\n\n```\nlet x;\n```";
        assert_eq!(prose(rust), "Ends what `connect` began. See `Error.kind`.");
    }

    #[test]
    fn types_are_read() {
        let read = |schema: Value| type_of(&schema).unwrap();
        assert_eq!(
            read(json!({"type": ["string", "null"], "format": "date-time"})),
            Type::Optional(Box::new(Type::Time))
        );
        assert_eq!(
            read(json!({"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/Post"}, {"type": "null"}]}})),
            Type::List(Box::new(Type::Optional(Box::new(Type::Named("Post".to_owned())))))
        );
        assert_eq!(
            read(json!({"type": "object", "additionalProperties": {"type": "boolean"}})),
            Type::Map(Box::new(Type::Bool))
        );
        assert_eq!(read(json!({"description": "anything"})), Type::Json);
        assert!(type_of(&json!({"type": "number"})).is_err());
    }
}
