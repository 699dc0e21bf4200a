//! Records and tagged types: frozen dataclasses.

use super::types::{Place, SUGARED, Types};
use super::words;
use super::write::{Text, documented, module as module_of};
use crate::surface::case::{pascal, snake};
use crate::surface::{Definition, Field, Payload, Shape, Type, Variant};

pub(super) fn module(types: &Types<'_>, place: Place) -> String {
    let mut text = Text::default();
    if place == Place::Sim {
        types.words(true).for_each(|definition| words::write(&mut text, definition, types));
    }
    for definition in types.made(place) {
        let checked = types.is_input(&definition.name);
        match &definition.shape {
            Shape::Record(fields) => {
                record(
                    &mut text,
                    &class_name(definition),
                    &definition.name,
                    &definition.doc,
                    fields,
                    types,
                    checked,
                );
            }
            Shape::Tagged(variants) => tagged(&mut text, definition, variants, types, checked),
            Shape::Alias(_) | Shape::Words(_) => {}
        }
    }
    let (name, doc) = match place {
        Place::Inputs => ("inputs", "Records that callers make. Each is checked when it is made."),
        Place::Outputs => ("outputs", "Records that come out."),
        Place::Sim => ("sim_records", "Records of the simulator."),
    };
    let mut exports = names(types, place);
    if place == Place::Sim {
        exports.extend(types.words(true).map(|it| it.name.clone()));
    }
    module_of(doc, &types.imports(name), &exports, &text.0)
}

/// The names that a module gives. The base of what has sugar is none of them.
pub(super) fn names(types: &Types<'_>, place: Place) -> Vec<String> {
    let mut names = Vec::new();
    for definition in types.made(place) {
        if class_name(definition) == definition.name {
            names.push(definition.name.clone());
        }
        if let Shape::Tagged(variants) = &definition.shape {
            names.extend(
                variants.iter().filter_map(|variant| fields_of(definition, variant).map(|(name, _)| name)),
            );
        }
    }
    names
}

/// What a record's class is called: `DraftFields` where the hand-written `Draft` is built on it.
pub(super) fn class_name(definition: &Definition) -> String {
    let sugared = SUGARED.iter().any(|(name, _)| *name == definition.name);
    format!("{}{}", definition.name, if sugared { "Fields" } else { "" })
}

fn record(
    text: &mut Text,
    class: &str,
    name: &str,
    doc: &str,
    fields: &[Field],
    types: &Types<'_>,
    checked: bool,
) {
    text.line(0, "\n");
    let own = if checked { ", init=False" } else { "" };
    text.line(0, format!("@dataclass(frozen=True, slots=True, kw_only=True{own})"));
    text.line(0, format!("class {class}:"));
    text.doc(1, doc, "Attributes", &documented(fields));
    text.line(0, "");
    for field in fields {
        let default = field.default.as_ref().filter(|_| !checked).map(|it| types.default(&field.of, it));
        // Bytes of media would fill a log.
        let hidden = field.redact || field.of == Type::Optional(Box::new(Type::Attachment));
        let value = match (hidden, default) {
            (true, Some(default)) => format!(" = field(repr=False, default={default})"),
            (true, None) => " = field(repr=False)".to_owned(),
            (false, Some(default)) => format!(" = {default}"),
            (false, None) => String::new(),
        };
        text.line(1, format!("{}: {}{value}", field.name, types.out(&field.of)));
    }
    if !checked || fields.is_empty() {
        return;
    }
    text.line(0, "");
    text.line(1, "def __init__(");
    text.line(2, "self,");
    text.line(2, "*,");
    fields.iter().for_each(|field| text.line(2, parameter(field, types)));
    text.line(1, ") -> None:");
    text.line(2, "put = object.__setattr__");
    for field in fields {
        let at = format!("\"{name}({})\"", field.name);
        text.line(
            2,
            format!("put(self, \"{}\", {})", field.name, types.checked(&field.of, &field.name, &at)),
        );
    }
}

/// `name: type = default,`
pub(super) fn parameter(field: &Field, types: &Types<'_>) -> String {
    let default = field.default.as_ref().map(|it| format!(" = {}", types.default(&field.of, it)));
    format!("{}: {}{},", field.name, types.taken(&field.of), default.unwrap_or_default())
}

/// The record that the fields of a form are: `WhenLocal`.
pub(super) fn fields_of<'a>(definition: &Definition, variant: &'a Variant) -> Option<(String, &'a [Field])> {
    match &variant.payload {
        Payload::Fields(fields) => Some((format!("{}{}", definition.name, pascal(&variant.word)), fields)),
        _ => None,
    }
}

fn tagged(text: &mut Text, definition: &Definition, variants: &[Variant], types: &Types<'_>, checked: bool) {
    let name = &definition.name;
    for variant in variants {
        if let Some((record_name, fields)) = fields_of(definition, variant) {
            record(text, &record_name, &record_name, &variant.doc, fields, types, checked);
        }
    }
    let payload = |variant: &Variant| match &variant.payload {
        Payload::Empty => None,
        Payload::Value(of) => Some(types.out(of)),
        Payload::Fields(_) => fields_of(definition, variant).map(|(name, _)| name),
    };
    let mut values: Vec<String> = variants.iter().filter_map(payload).collect();
    values.push("None".to_owned());
    text.line(0, "\n");
    text.line(0, "@dataclass(frozen=True, slots=True)");
    text.line(0, format!("class {name}:"));
    let forms: Vec<_> = variants.iter().map(|it| (it.word.as_str(), it.doc.as_str())).collect();
    text.doc(1, &format!("{} It has one of these kinds.", definition.doc), "Kinds", &forms);
    text.line(0, "");
    let words: Vec<_> = variants.iter().map(|it| format!("\"{}\"", it.word)).collect();
    text.line(1, format!("kind: Literal[{}]", words.join(", ")));
    text.line(1, format!("value: {} = None", values.join(" | ")));
    text.line(0, "");
    if checked {
        let forms: Vec<_> = variants
            .iter()
            .map(|it| format!("\"{}\": {}", it.word, payload(it).unwrap_or_else(|| "type(None)".to_owned())))
            .collect();
        text.line(1, "def __post_init__(self) -> None:");
        text.line(2, format!("_check.form(self.kind, self.value, \"{name}\", {{{}}})", forms.join(", ")));
        text.line(0, "");
    }
    variants.iter().for_each(|variant| constructor(text, definition, variant, types));
    text.line(1, "def __repr__(self) -> str:");
    text.line(
        2,
        format!("return f\"{name}.{{self.kind}}({{'' if self.value is None else repr(self.value)}})\""),
    );
    if checked {
        checker(text, name, types);
    }
}

/// The method that makes one form: `When.at(time)`.
fn constructor(text: &mut Text, definition: &Definition, variant: &Variant, types: &Types<'_>) {
    let (name, word) = (&definition.name, &variant.word);
    text.line(1, "@staticmethod");
    match &variant.payload {
        Payload::Empty => {
            text.line(1, format!("def {word}() -> {name}:"));
            text.doc(2, &variant.doc, "", &[]);
            text.line(2, format!("return {name}(\"{word}\")\n"));
        }
        Payload::Value(of) => {
            let parameter = value_name(of);
            text.line(1, format!("def {word}({parameter}: {}) -> {name}:", types.taken(of)));
            text.doc(2, &variant.doc, "", &[]);
            let checked = types.checked(of, parameter, &format!("\"{name}.{word}({parameter})\""));
            text.line(2, format!("return {name}(\"{word}\", {checked})\n"));
        }
        Payload::Fields(fields) => {
            text.line(1, format!("def {word}("));
            let (given, left_out): (Vec<_>, Vec<_>) =
                fields.iter().partition(|field| field.default.is_none());
            given.iter().for_each(|field| text.line(2, parameter(field, types)));
            if !left_out.is_empty() {
                text.line(2, "*,");
            }
            left_out.iter().for_each(|field| text.line(2, parameter(field, types)));
            text.line(1, format!(") -> {name}:"));
            text.doc(2, &variant.doc, "Args", &documented(fields));
            let given: Vec<_> = fields.iter().map(|field| format!("{0}={0}", field.name)).collect();
            let record = fields_of(definition, variant).map(|(record, _)| record).unwrap_or_default();
            text.line(2, format!("return {name}(\"{word}\", {record}({}))\n", given.join(", ")));
        }
    }
}

/// What the one value of a form is called.
fn value_name(of: &Type) -> &'static str {
    match of {
        Type::Time => "at",
        Type::Duration => "delay",
        _ => "ref",
    }
}

fn checker(text: &mut Text, name: &str, types: &Types<'_>) {
    text.line(0, "\n");
    text.line(0, format!("def check_{}(value: object, where: str) -> {name}:", snake(name)));
    match types.moment(name) {
        Some(word) => {
            text.line(1, format!("\"\"\"A `{name}`, as which a datetime means `{name}.{word}`.\"\"\""));
            text.line(1, "if isinstance(value, datetime):");
            text.line(2, format!("return {name}(\"{word}\", _check.moment(value, where))"));
        }
        None => text.line(1, format!("\"\"\"A `{name}`.\"\"\"")),
    }
    text.line(1, format!("return _check.instance(value, where, {name})"));
}
