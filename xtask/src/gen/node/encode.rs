//! What checks a record that a caller gave, and says it as Rust reads it: a plain function for each.

use std::fmt::Write as _;

use super::Ts;
use super::imports::{import, words};
use super::names::quoted;
use super::types::is_time;
use crate::surface::case::{camel, constant};
use crate::surface::{Field, Payload, Shape, Type, Variant};

impl Ts<'_> {
    /// What checks what a caller gave, and says it as Rust reads it.
    pub(super) fn encoders(self) -> String {
        let mut file = String::new();
        for definition in self.surface.types.iter().filter(|it| self.reach.is_given(&it.name)) {
            let (name, set) = (&definition.name, constant(&definition.name));
            match &definition.shape {
                Shape::Alias(_) => {}
                Shape::Words(words) => {
                    let words: Vec<_> = words.iter().map(|word| quoted(&word.word)).collect();
                    let _ = writeln!(
                        file,
                        "export const {set}: ReadonlySet<string> = new Set([{}]);\n",
                        words.join(", ")
                    );
                }
                Shape::Record(fields) => {
                    let names: Vec<_> = fields.iter().map(|field| quoted(&camel(&field.name))).collect();
                    let attachments = self.attachments_param(&Type::Named(name.clone()));
                    let _ = write!(
                        file,
                        "const {set}: ReadonlySet<string> = new Set([{}]);\n\n\
                         export function encode{name}(value: unknown, at: string{attachments}): object {{\n  \
                         const from = record(value, at, {set});\n  return {{\n{}  }};\n}}\n\n",
                        names.join(", "),
                        self.encode_fields("    ", "from", "${at}.", fields),
                    );
                }
                Shape::Tagged(variants) => {
                    let body = self.encode_tagged(variants);
                    let _ = writeln!(
                        file,
                        "export function encode{name}(value: unknown, at: string): unknown {{\n{body}}}\n"
                    );
                }
            }
        }
        file += &self.options_sets();
        let used = words(&file);
        format!(
            "import * as encode from \"../runtime/encode.js\";\n{}{}\n{}\n",
            import("import", "../runtime/json.js", &["json".to_owned()], &used),
            import("import", "../runtime/record.js", &["form", "record"].map(str::to_owned), &used),
            file.trim_end()
        )
    }

    /// The further parameter of what encodes something that bytes may be in.
    fn attachments_param(self, of: &Type) -> &'static str {
        if self.reach.has_attachments(of) { ", attachments: Uint8Array[]" } else { "" }
    }

    /// The fields of an object literal: what was not given is not there.
    pub(super) fn encode_fields(self, indent: &str, from: &str, at: &str, fields: &[Field]) -> String {
        let field = |field: &Field| {
            let name = camel(&field.name);
            let (value, at) = (format!("{from}[\"{name}\"]"), format!("`{at}{name}`"));
            let encoded = match (&field.of, &field.default) {
                (_, None) => self.encode(&field.of, &value, &at),
                (Type::Optional(of), Some(_)) => {
                    format!("encode.optional({value}, {at}, {})", self.encoder(of))
                }
                (of, Some(_)) => format!("encode.maybe({value}, {at}, {})", self.encoder(of)),
            };
            format!("{indent}{}: {encoded},\n", field.name)
        };
        fields.iter().map(field).collect()
    }

    fn encode_tagged(self, variants: &[Variant]) -> String {
        let mut body = String::new();
        if is_time(variants) {
            let time = variants.iter().find(|variant| matches!(variant.payload, Payload::Value(Type::Time)));
            let word = time.map(|variant| variant.word.as_str()).unwrap_or_default();
            let _ = writeln!(
                body,
                "  if (encode.isDate(value)) {{\n    return {{ {word}: encode.time(value, at) }};\n  }}"
            );
        }
        let words: Vec<_> = variants.iter().map(|variant| quoted(&variant.word)).collect();
        let _ = writeln!(
            body,
            "  const from = form(value, at, [{}]);\n  switch (from.kind) {{",
            words.join(", ")
        );
        for (index, variant) in variants.iter().enumerate() {
            let (word, name) = (&variant.word, camel(&variant.word));
            let form = match &variant.payload {
                Payload::Empty => quoted(word),
                Payload::Value(of) => {
                    let value = self.encode(of, &format!("from[\"{name}\"]"), &format!("`${{at}}.{name}`"));
                    format!("{{ {word}: {value} }}")
                }
                Payload::Fields(fields) => {
                    let fields = self.encode_fields("          ", "from", "${at}.", fields);
                    format!("{{\n        {word}: {{\n{fields}        }},\n      }}")
                }
            };
            // `form` has seen to it that there is no other.
            let case = if index + 1 == variants.len() {
                "default".to_owned()
            } else {
                format!("case {}", quoted(word))
            };
            let _ = writeln!(body, "    {case}:\n      return {form};");
        }
        body + "  }\n"
    }

    /// An expression that checks a value and says it as Rust reads it.
    pub(super) fn encode(self, of: &Type, value: &str, at: &str) -> String {
        match of {
            Type::List(of) => format!("encode.list({value}, {at}, {})", self.encoder(of)),
            Type::Map(of) => format!("encode.map({value}, {at}, {})", self.encoder(of)),
            Type::Optional(of) => format!("encode.optional({value}, {at}, {})", self.encoder(of)),
            Type::Attachment => format!("encode.attachment({value}, {at}, attachments)"),
            Type::Named(name) => match &self.reach.definition(name).shape {
                Shape::Alias(of) => self.encode(of, value, at),
                Shape::Words(_) => format!("encode.word({value}, {at}, {})", constant(name)),
                _ if self.reach.has_attachments(of) => format!("encode{name}({value}, {at}, attachments)"),
                _ => format!("encode{name}({value}, {at})"),
            },
            plain => format!("{}({value}, {at})", self.encoder(plain)),
        }
    }

    /// A function that does it.
    fn encoder(self, of: &Type) -> String {
        match of {
            Type::Text | Type::Secret => "encode.text".to_owned(),
            Type::Int => "encode.int".to_owned(),
            Type::Bool => "encode.bool".to_owned(),
            Type::Time => "encode.time".to_owned(),
            Type::Duration => "encode.duration".to_owned(),
            Type::Path => "encode.path".to_owned(),
            Type::Json => "json".to_owned(),
            Type::Named(name) => match &self.reach.definition(name).shape {
                Shape::Alias(of) => self.encoder(of),
                Shape::Record(_) | Shape::Tagged(_) if !self.reach.has_attachments(of) => {
                    format!("encode{name}")
                }
                _ => self.encoder_of_more(of),
            },
            _ => self.encoder_of_more(of),
        }
    }

    fn encoder_of_more(self, of: &Type) -> String {
        format!("(value, at) => {}", self.encode(of, "value", "at"))
    }
}
