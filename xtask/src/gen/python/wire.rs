//! Records to and from the wire.

use super::records::{class_name, fields_of};
use super::types::{Place, Types};
use super::write::{Text, module as module_of};
use crate::surface::case::snake;
use crate::surface::{Definition, Field, Payload, Shape, Variant};

pub(super) fn module(types: &Types<'_>, sim: bool) -> String {
    let mut text = Text::default();
    let places: &[Place] = if sim { &[Place::Sim] } else { &[Place::Inputs, Place::Outputs] };
    let mut names = Vec::new();
    for definition in places.iter().flat_map(|place| types.made(*place)) {
        if types.is_input(&definition.name) {
            names.push(format!("write_{}", snake(&definition.name)));
        }
        if !types.is_sugared(definition) {
            names.push(format!("read_{}", snake(&definition.name)));
        }
    }
    for place in places {
        for definition in types.made(*place) {
            if types.is_input(&definition.name) {
                write(&mut text, definition, types);
            }
            if !types.is_sugared(definition) {
                read(&mut text, definition, types);
            }
        }
    }
    let doc = "Records to and from JSON. What a newer engine adds is passed over.";
    module_of(doc, &types.imports(if sim { "sim_wire" } else { "wire" }), &names, &text.0)
}

fn write(text: &mut Text, definition: &Definition, types: &Types<'_>) {
    let name = &definition.name;
    text.line(0, "\n");
    text.line(0, format!("def write_{}(value: {}) -> Any:", snake(name), class_name(definition)));
    match &definition.shape {
        Shape::Record(fields) => {
            text.line(1, format!("\"\"\"Writes a `{name}`.\"\"\""));
            write_fields(text, fields, "value", types);
        }
        Shape::Tagged(variants) => {
            text.line(1, format!("\"\"\"Writes a `{name}`.\"\"\""));
            text.line(1, "given: Any = value.value");
            for variant in variants {
                match &variant.payload {
                    Payload::Empty => {}
                    Payload::Value(of) => {
                        text.line(1, format!("if value.kind == \"{}\":", variant.word));
                        text.line(
                            2,
                            format!("return {{\"{}\": {}}}", variant.word, types.written(of, "given")),
                        );
                    }
                    Payload::Fields(fields) => {
                        text.line(1, format!("if value.kind == \"{}\":", variant.word));
                        text.line(2, format!("return {{\"{}\": {{", variant.word));
                        fields.iter().for_each(|field| write_field(text, 3, field, "given", types));
                        text.line(2, "}}");
                    }
                }
            }
            text.line(1, "return value.kind");
        }
        Shape::Alias(_) | Shape::Words(_) => {}
    }
}

fn write_fields(text: &mut Text, fields: &[Field], value: &str, types: &Types<'_>) {
    text.line(1, "return {");
    fields.iter().for_each(|field| write_field(text, 2, field, value, types));
    text.line(1, "}");
}

fn write_field(text: &mut Text, depth: usize, field: &Field, value: &str, types: &Types<'_>) {
    let written = types.written(&field.of, &format!("{value}.{}", field.name));
    text.line(depth, format!("\"{}\": {written},", field.name));
}

fn read(text: &mut Text, definition: &Definition, types: &Types<'_>) {
    let name = &definition.name;
    text.line(0, "\n");
    text.line(0, format!("def read_{}(it: Any) -> {name}:", snake(name)));
    text.line(1, format!("\"\"\"Reads a `{name}`.\"\"\""));
    match &definition.shape {
        Shape::Record(fields) => read_fields(text, name, fields, types),
        Shape::Tagged(variants) => {
            text.line(1, "if isinstance(it, str):");
            text.line(2, "kind: Any = it");
            text.line(2, format!("return {name}(kind)"));
            text.line(1, "((kind, value),) = it.items()");
            variants.iter().for_each(|variant| read_form(text, definition, variant, types));
            text.line(1, format!("return {name}(kind)"));
        }
        Shape::Alias(_) | Shape::Words(_) => {}
    }
}

fn read_form(text: &mut Text, definition: &Definition, variant: &Variant, types: &Types<'_>) {
    let (name, word) = (&definition.name, &variant.word);
    match &variant.payload {
        Payload::Empty => {}
        Payload::Value(of) => {
            text.line(1, format!("if kind == \"{word}\":"));
            text.line(2, format!("return {name}(kind, {})", types.read(of, "value")));
        }
        Payload::Fields(fields) => {
            let record = fields_of(definition, variant).map(|(record, _)| record).unwrap_or_default();
            text.line(1, format!("if kind == \"{word}\":"));
            text.line(2, format!("return {name}(kind, {record}("));
            fields.iter().for_each(|field| read_field(text, 3, field, "value", types));
            text.line(2, "))");
        }
    }
}

fn read_fields(text: &mut Text, name: &str, fields: &[Field], types: &Types<'_>) {
    text.line(1, format!("return {name}("));
    fields.iter().for_each(|field| read_field(text, 2, field, "it", types));
    text.line(1, ")");
}

fn read_field(text: &mut Text, depth: usize, field: &Field, from: &str, types: &Types<'_>) {
    let value = match &field.default {
        None => format!("{from}[\"{}\"]", field.name),
        Some(serde_json::Value::Null) => format!("{from}.get(\"{}\")", field.name),
        Some(default) => format!("{from}.get(\"{}\", {})", field.name, wire_literal(default)),
    };
    text.line(depth, format!("{}={},", field.name, types.read(&field.of, &value)));
}

/// A value of the wire as Python writes it.
fn wire_literal(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "None".to_owned(),
        serde_json::Value::Bool(true) => "True".to_owned(),
        serde_json::Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}
