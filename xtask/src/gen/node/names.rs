//! Names, comments and values, as TypeScript has them.

use std::fmt::Write as _;

use serde_json::Value;

use super::Ts;
use crate::surface::case::camel;
use crate::surface::{Field, Payload, Shape, Type};

/// A text as TypeScript writes it.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A comment of these lines, each of which may be long.
pub(super) fn comment(indent: &str, paragraphs: &[String]) -> String {
    const WIDTH: usize = 118;
    let mut lines = Vec::new();
    for paragraph in paragraphs {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && indent.len() + " * ".len() + line.len() + 1 + word.len() > WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    match lines.as_slice() {
        [line] if indent.len() + line.len() < WIDTH - 6 => format!("{indent}/** {line} */\n"),
        lines => {
            let mut comment = format!("{indent}/**\n");
            for line in lines {
                let _ = writeln!(comment, "{}", format!("{indent} * {line}").trim_end());
            }
            comment + indent + " */\n"
        }
    }
}

impl Ts<'_> {
    /// Documentation, with names as they are called here. Words, such as states, are the same in all languages.
    pub(super) fn doc(self, doc: &str) -> String {
        let mut parts: Vec<String> = doc.split('`').map(ToOwned::to_owned).collect();
        for part in parts.iter_mut().skip(1).step_by(2) {
            if part == "None" {
                "null".clone_into(part);
            } else if part.contains('_') && self.is_name(part) {
                *part = camel(part);
            }
        }
        parts.join("`").replace("*/", "*\u{200b}/")
    }

    /// The documentation of a field, with its unit.
    pub(super) fn field_doc(self, field: &Field) -> Vec<String> {
        let unit = if has_duration(&field.of) { " In milliseconds." } else { "" };
        let mut lines = vec![format!("{}{unit}", self.doc(&field.doc))];
        if let Some(default) = &field.default {
            lines.push(format!("@defaultValue `{}`", self.value(default, &field.of)));
        }
        lines
    }

    fn is_name(self, text: &str) -> bool {
        let of_fields = |fields: &[Field]| fields.iter().any(|field| field.name == text);
        let methods = &self.surface.operations;
        methods.iter().any(|method| method.path().2 == text || of_fields(&method.params))
            || self.surface.types.iter().any(|definition| match &definition.shape {
                Shape::Record(fields) => of_fields(fields),
                _ => false,
            })
    }

    /// A value of the wire, as TypeScript writes it.
    pub(super) fn value(self, value: &Value, of: &Type) -> String {
        match (of, value) {
            (Type::Duration, Value::Object(parts)) => {
                let part = |name| parts.get(name).and_then(Value::as_u64).unwrap_or_default();
                (part("secs") * 1000 + part("nanos") / 1_000_000).to_string()
            }
            (_, Value::Null) => "null".to_owned(),
            (Type::Optional(of), value) => self.value(value, of),
            (Type::List(of), Value::Array(items)) => {
                let items: Vec<_> = items.iter().map(|item| self.value(item, of)).collect();
                format!("[{}]", items.join(", "))
            }
            (Type::Named(name), value) => match &self.reach.definition(name).shape {
                Shape::Alias(of) => self.value(value, of),
                Shape::Record(fields) => self.record_value(value, fields),
                Shape::Words(_) => value.to_string(),
                Shape::Tagged(variants) => {
                    let empty = variants.iter().any(|variant| {
                        value.as_str() == Some(&variant.word) && matches!(variant.payload, Payload::Empty)
                    });
                    assert!(empty, "{name}: only a word alone can be a default");
                    format!("{{ kind: {value} }}")
                }
            },
            (_, value) => value.to_string(),
        }
    }

    fn record_value(self, value: &Value, fields: &[Field]) -> String {
        let given = fields.iter().filter_map(|field| Some((field, value.get(&field.name)?)));
        let fields: Vec<_> = given
            .map(|(field, value)| format!("{}: {}", camel(&field.name), self.value(value, &field.of)))
            .collect();
        format!("{{ {} }}", fields.join(", "))
    }
}

fn has_duration(of: &Type) -> bool {
    match of {
        Type::Duration => true,
        Type::Optional(of) | Type::List(of) | Type::Map(of) => has_duration(of),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_one_line_where_it_fits() {
        assert_eq!(comment("  ", &["Short.".to_owned()]), "  /** Short. */\n");
        let long = comment("", &["word ".repeat(30), "@x".to_owned()]);
        assert_eq!(long.lines().count(), 5, "{long}");
        assert!(long.lines().all(|line| line.len() <= 120), "{long}");
    }
}
