//! Types: words, names of texts, records, and values of several forms.

use std::fmt::Write as _;

use super::names::{comment, quoted};
use super::{DRAFT, Ts};
use crate::surface::case::camel;
use crate::surface::{Definition, Field, Payload, Shape, Type, Variant};

const RECORDS: &str = "\
// Times are Dates, lengths of time numbers of milliseconds. What is nothing is `null` and not left out: every field of
// what comes from xmp is there, survives JSON, and can be compared with `===`. What goes to xmp may leave out what has a
// default, or say `undefined`.

";

/// Which way a value goes: fields with a default may be left out by who gives one, and are always there for who gets one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Given,
    Gotten,
}

impl Ts<'_> {
    /// The type of a value.
    pub(super) fn of(self, of: &Type, way: Way) -> String {
        match of {
            Type::None => "void".to_owned(),
            Type::Text | Type::Secret => "string".to_owned(),
            Type::Int | Type::Duration => "number".to_owned(),
            Type::Bool => "boolean".to_owned(),
            Type::Time => "Date".to_owned(),
            Type::Path => "string | URL".to_owned(),
            Type::Attachment => "Uint8Array".to_owned(),
            Type::Json => "Json".to_owned(),
            Type::Named(name) => self.name(name, way),
            Type::Optional(of) => format!("{} | null", self.of(of, way)),
            Type::List(of) => match self.of(of, way) {
                union if union.contains(' ') => format!("readonly ({union})[]"),
                item => format!("readonly {item}[]"),
            },
            Type::Map(of) => format!("Readonly<Record<string, {}>>", self.of(of, way)),
        }
    }

    fn name(self, name: &str, way: Way) -> String {
        match &self.reach.definition(name).shape {
            Shape::Record(_) if way == Way::Given => self.given_name(name),
            Shape::Tagged(variants) if way == Way::Given && is_time(variants) => format!("{name} | Date"),
            _ => name.to_owned(),
        }
    }

    /// What a record is called that a caller gives.
    pub(super) fn given_name(self, name: &str) -> String {
        if self.reach.is_gotten(name) || name == DRAFT { format!("{name}Init") } else { name.to_owned() }
    }

    /// Sets of words, and names of texts.
    pub(super) fn words(self) -> String {
        let mut file = String::new();
        for definition in &self.surface.types {
            let alias = match &definition.shape {
                Shape::Words(words) => {
                    let mut alias = String::new();
                    for word in words {
                        alias.push('\n');
                        alias += &comment("  ", &[self.doc(&word.doc)]);
                        let _ = write!(alias, "  | {}", quoted(&word.word));
                    }
                    alias
                }
                Shape::Alias(of) => format!(" {}", self.of(of, Way::Gotten)),
                Shape::Record(_) | Shape::Tagged(_) => continue,
            };
            file += &comment("", &[self.doc(&definition.doc)]);
            let _ = write!(file, "export type {} ={alias};\n\n", definition.name);
        }
        file.trim_end().to_owned() + "\n"
    }

    /// Records.
    pub(super) fn records(self) -> String {
        let mut file = String::new();
        for definition in &self.surface.types {
            let Shape::Record(fields) = &definition.shape else { continue };
            if self.reach.is_gotten(&definition.name) {
                file += &self.interface(&definition.name, definition, fields, Way::Gotten);
            }
            if self.reach.is_given(&definition.name) {
                file += &self.interface(&self.given_name(&definition.name), definition, fields, Way::Given);
            }
        }
        format!("{RECORDS}{}\n", self.with_types(file.trim_end()))
    }

    fn interface(self, name: &str, definition: &Definition, fields: &[Field], way: Way) -> String {
        let mut doc = self.doc(&definition.doc);
        if way == Way::Given && name != definition.name {
            let _ = write!(doc, " This is what a caller gives.");
        }
        let fields: String = fields.iter().map(|field| self.field("  ", field, way)).collect();
        format!("{}export interface {name} {{\n{fields}}}\n\n", comment("", &[doc]))
    }

    /// A field of an interface.
    pub(super) fn field(self, indent: &str, field: &Field, way: Way) -> String {
        let mut doc = self.field_doc(field);
        let mut of = self.of(&field.of, way);
        let mut mark = "";
        if way == Way::Given && field.default.is_some() {
            of += " | undefined";
            mark = "?";
        } else {
            doc.truncate(1);
        }
        let name = camel(&field.name);
        format!("{}{indent}readonly {name}{mark}: {of};\n", comment(indent, &doc))
    }

    /// Values of several forms, and what makes them.
    pub(super) fn tagged(self) -> String {
        let mut file = String::new();
        for definition in &self.surface.types {
            let Shape::Tagged(variants) = &definition.shape else { continue };
            let name = &definition.name;
            let way = if self.reach.is_gotten(name) { Way::Gotten } else { Way::Given };
            file += &comment("", &[self.doc(&definition.doc)]);
            let _ = write!(file, "export type {name} =");
            for variant in variants {
                file.push('\n');
                file += &comment("  ", &[self.doc(&variant.doc)]);
                let _ = write!(file, "  | {{ {} }}", self.form(variant, way));
            }
            let _ = write!(file, ";\n\n/** Makes {{@link {name}}}. */\nexport const {name} = {{\n");
            for variant in variants {
                file += &self.maker(name, variant, way);
            }
            file += "} as const;\n\n";
        }
        self.with_types(file.trim_end()) + "\n"
    }

    fn form(self, variant: &Variant, way: Way) -> String {
        let mut form = format!("readonly kind: {}", quoted(&variant.word));
        match &variant.payload {
            Payload::Empty => {}
            Payload::Value(of) => {
                let _ = write!(form, "; readonly {}: {}", camel(&variant.word), self.of(of, way));
            }
            Payload::Fields(fields) => {
                for field in fields {
                    let _ = write!(form, "; readonly {}: {}", camel(&field.name), self.of(&field.of, way));
                }
            }
        }
        form
    }

    fn maker(self, of: &str, variant: &Variant, way: Way) -> String {
        let name = camel(&variant.word);
        let kind = quoted(&variant.word);
        let mut doc = vec![self.doc(&variant.doc)];
        let (params, form) = match &variant.payload {
            Payload::Empty => (String::new(), String::new()),
            Payload::Value(value) => {
                if *value == Type::Duration {
                    doc.push(format!("@param {name} - In milliseconds."));
                }
                (format!("{name}: {}", self.of(value, way)), format!(", {name}"))
            }
            Payload::Fields(fields) => {
                let (optional, required): (Vec<_>, Vec<_>) =
                    fields.iter().partition(|field| field.default.is_some());
                let mut params = Vec::new();
                let mut form = String::new();
                for field in required {
                    let name = camel(&field.name);
                    doc.push(format!("@param {name} - {}", self.doc(&field.doc)));
                    params.push(format!("{name}: {}", self.of(&field.of, way)));
                    let _ = write!(form, ", {name}");
                }
                let mut options = Vec::new();
                for field in optional {
                    let name = camel(&field.name);
                    let default =
                        field.default.as_ref().map(|it| self.value(it, &field.of)).unwrap_or_default();
                    doc.push(format!(
                        "@param options.{name} - {} Default: `{default}`.",
                        self.doc(&field.doc)
                    ));
                    options.push(format!("readonly {name}?: {} | undefined", self.of(&field.of, Way::Given)));
                    let _ = write!(form, ", {name}: options.{name} ?? {default}");
                }
                if !options.is_empty() {
                    params.push(format!("options: {{ {} }} = {{}}", options.join("; ")));
                }
                (params.join(", "), form)
            }
        };
        format!(
            "{}  {name}({params}): {of} {{\n    return {{ kind: {kind}{form} }};\n  }},\n",
            comment("  ", &doc)
        )
    }
}

/// Whether one of the forms is nothing but a time: a Date is then as good.
pub(super) fn is_time(variants: &[Variant]) -> bool {
    variants.iter().any(|variant| matches!(variant.payload, Payload::Value(Type::Time)))
}
