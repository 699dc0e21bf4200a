//! What Rust sends, and what makes records out of it: a plain function for each.

use std::fmt::Write as _;

use super::Ts;
use super::imports::{import, words};
use super::names::quoted;
use super::types::Way;
use crate::surface::case::camel;
use crate::surface::{Field, Payload, Shape, Type, Variant};

impl Ts<'_> {
    /// The records as they come.
    pub(super) fn wire(self) -> String {
        let mut file = String::new();
        for definition in self.surface.types.iter().filter(|it| self.reach.is_gotten(&it.name)) {
            let name = &definition.name;
            match &definition.shape {
                Shape::Alias(_) | Shape::Words(_) => {
                    let _ = writeln!(file, "export type {name} = Words.{name};\n");
                }
                Shape::Record(fields) => {
                    let _ = writeln!(
                        file,
                        "export interface {name} {{\n{}}}\n",
                        self.wire_fields("  ", "\n", fields)
                    );
                }
                Shape::Tagged(variants) => {
                    let _ = write!(file, "export type {name} =");
                    for variant in variants {
                        let _ = write!(file, "\n  | {}", self.wire_form(variant));
                    }
                    file += ";\n\n";
                }
            }
        }
        let used = words(&file);
        format!(
            "// What Rust sends. Fields that are nothing, or empty, may not be there.\n\n{}{}import type * as Words from \"./words.js\";\n\n{}\n",
            import("import type", "../runtime/decode.js", &["WireDuration".to_owned()], &used),
            import("import type", "../runtime/json.js", &["Json".to_owned()], &used),
            file.trim_end()
        )
    }

    fn wire_fields(self, indent: &str, end: &str, fields: &[Field]) -> String {
        let field = |field: &Field| {
            let mark = if field.default.is_some() { "?" } else { "" };
            format!("{indent}readonly {}{mark}: {};{end}", field.name, self.wire_of(&field.of))
        };
        fields.iter().map(field).collect()
    }

    fn wire_form(self, variant: &Variant) -> String {
        let word = &variant.word;
        match &variant.payload {
            Payload::Empty => quoted(word),
            Payload::Value(of) => format!("{{ readonly {word}: {} }}", self.wire_of(of)),
            Payload::Fields(fields) => {
                format!("{{ readonly {word}: {{ {}}} }}", self.wire_fields("", " ", fields))
            }
        }
    }

    /// The type of a value as it comes.
    pub(super) fn wire_of(self, of: &Type) -> String {
        match of {
            Type::Time | Type::Path => "string".to_owned(),
            Type::Duration => "WireDuration".to_owned(),
            Type::Optional(of) => format!("{} | null", self.wire_of(of)),
            Type::List(of) => match self.wire_of(of) {
                union if union.contains(' ') => format!("readonly ({union})[]"),
                item => format!("readonly {item}[]"),
            },
            Type::Map(of) => format!("Readonly<Record<string, {}>>", self.wire_of(of)),
            Type::Named(name) => name.clone(),
            plain => self.of(plain, Way::Gotten),
        }
    }

    /// What makes records out of what came.
    pub(super) fn decoders(self) -> String {
        let mut file = String::new();
        for definition in self.surface.types.iter().filter(|it| self.reach.is_gotten(&it.name)) {
            let name = &definition.name;
            let body = match &definition.shape {
                Shape::Alias(_) | Shape::Words(_) => continue,
                Shape::Record(fields) => self.decode_record(fields),
                Shape::Tagged(variants) => self.decode_tagged(variants),
            };
            let _ = writeln!(file, "export function decode{name}(wire: Wire.{name}): {name} {{\n{body}}}\n");
        }
        let used = words(&file);
        let runtime = ["duration", "redacted"].map(str::to_owned);
        format!(
            "{}import type * as Wire from \"./wire.js\";\n{}\n",
            import("import", "../runtime/decode.js", &runtime, &used),
            self.with_types(file.trim_end())
        )
    }

    fn decode_record(self, fields: &[Field]) -> String {
        let mut record = String::from("{\n");
        for field in fields {
            let _ = writeln!(record, "    {}: {},", camel(&field.name), self.decode_field("wire", field));
        }
        record += "  }";
        let hidden: Vec<_> =
            fields.iter().filter(|it| it.redact).map(|it| quoted(&camel(&it.name))).collect();
        if hidden.is_empty() {
            format!("  return {record};\n")
        } else {
            format!("  return redacted({record}, [{}]);\n", hidden.join(", "))
        }
    }

    fn decode_tagged(self, variants: &[Variant]) -> String {
        let mut body = String::new();
        let mut empty = false;
        let mut rest: Vec<String> = Vec::new();
        for variant in variants {
            let (word, name) = (&variant.word, camel(&variant.word));
            match &variant.payload {
                Payload::Empty => empty = true,
                Payload::Value(of) => {
                    let value = self.decode(of, &format!("wire.{word}"));
                    rest.push(format!("{{ kind: {}, {name}: {value} }}", quoted(word)));
                }
                Payload::Fields(fields) => {
                    let mut form = format!("{{ kind: {}", quoted(word));
                    for field in fields {
                        let value = self.decode_field(&format!("wire.{word}"), field);
                        let _ = write!(form, ", {}: {value}", camel(&field.name));
                    }
                    rest.push(form + " }");
                }
            }
        }
        if empty {
            body += "  if (typeof wire === \"string\") {\n    return { kind: wire };\n  }\n";
        }
        let payloads: Vec<_> =
            variants.iter().filter(|variant| !matches!(variant.payload, Payload::Empty)).collect();
        for (index, (variant, form)) in payloads.iter().zip(&rest).enumerate() {
            if index + 1 == payloads.len() {
                let _ = writeln!(body, "  return {form};");
            } else {
                let _ =
                    writeln!(body, "  if ({} in wire) {{\n    return {form};\n  }}", quoted(&variant.word));
            }
        }
        body
    }

    fn decode_field(self, from: &str, field: &Field) -> String {
        let value = format!("{from}.{}", field.name);
        let Some(default) = &field.default else { return self.decode(&field.of, &value) };
        match &field.of {
            Type::Optional(of) if self.reach.is_plain(of) => format!("{value} ?? null"),
            // Not there, or `null`: both are nothing.
            Type::Optional(of) => format!("{value} == null ? null : {}", self.decode(of, &value)),
            of if self.reach.is_plain(of) => format!("{value} ?? {default}"),
            of => self.decode(of, &format!("({value} ?? {default})")),
        }
    }

    /// An expression that makes a value out of what came.
    pub(super) fn decode(self, of: &Type, value: &str) -> String {
        match of {
            plain if self.reach.is_plain(plain) => value.to_owned(),
            Type::Time => format!("new Date({value})"),
            Type::Duration => format!("duration({value})"),
            Type::Optional(of) => format!("{value} === null ? null : {}", self.decode(of, value)),
            Type::List(of) => match of.as_ref() {
                Type::Named(name) => format!("{value}.map(decode{name})"),
                of => format!("{value}.map((one) => {})", self.decode(of, "one")),
            },
            Type::Named(name) => format!("decode{name}({value})"),
            other => unreachable!("nothing decodes {other:?} yet"),
        }
    }
}
