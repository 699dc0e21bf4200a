//! Which types a caller gives, and which a caller gets.

use std::collections::{BTreeMap, BTreeSet};

use crate::surface::{Definition, Payload, Shape, Surface, Type};

/// The types by name, and the ways that they go.
pub(super) struct Reach<'a> {
    definitions: BTreeMap<&'a str, &'a Definition>,
    given: BTreeSet<&'a str>,
    gotten: BTreeSet<&'a str>,
}

/// What an error is made of: no operation names it.
const FAILURE: &str = "Failure";

impl<'a> Reach<'a> {
    pub(super) fn of(surface: &'a Surface) -> Self {
        let definitions = surface.types.iter().map(|definition| (definition.name.as_str(), definition));
        let mut reach =
            Self { definitions: definitions.collect(), given: BTreeSet::new(), gotten: BTreeSet::new() };
        let (mut given, mut gotten) = (BTreeSet::new(), BTreeSet::from([FAILURE]));
        reach.follow(reach.definition_of(FAILURE), &mut gotten);
        for method in &surface.operations {
            for param in &method.params {
                reach.add(&param.of, &mut given);
            }
            if let Some(answer) = &method.answer {
                reach.add(answer, &mut gotten);
            }
        }
        (reach.given, reach.gotten) = (given, gotten);
        reach
    }

    /// Whether a caller gives it.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.given.contains(name)
    }

    /// Whether a caller gets it.
    pub(super) fn is_gotten(&self, name: &str) -> bool {
        self.gotten.contains(name)
    }

    /// A type by its name. The description names no type that it does not define.
    pub(super) fn definition(&self, name: &str) -> &'a Definition {
        self.definition_of(name)
    }

    fn definition_of(&self, name: &str) -> &'a Definition {
        self.definitions
            .get(name)
            .copied()
            .unwrap_or_else(|| unreachable!("the description does not define {name}"))
    }

    /// Whether bytes may be in it.
    pub(super) fn has_attachments(&self, of: &Type) -> bool {
        match of {
            Type::Attachment => true,
            Type::Optional(of) | Type::List(of) | Type::Map(of) => self.has_attachments(of),
            Type::Named(name) => types_of(self.definition(name)).iter().any(|of| self.has_attachments(of)),
            _ => false,
        }
    }

    /// Whether it is in JavaScript what it is on the wire.
    pub(super) fn is_plain(&self, of: &Type) -> bool {
        match of {
            Type::Time | Type::Duration | Type::Attachment | Type::Path => false,
            Type::Optional(of) | Type::List(of) | Type::Map(of) => self.is_plain(of),
            Type::Named(name) => {
                matches!(self.definition(name).shape, Shape::Alias(_) | Shape::Words(_))
            }
            _ => true,
        }
    }

    fn add(&self, of: &'a Type, into: &mut BTreeSet<&'a str>) {
        match of {
            Type::Optional(of) | Type::List(of) | Type::Map(of) => self.add(of, into),
            Type::Named(name) if into.insert(name) => self.follow(self.definition_of(name), into),
            _ => {}
        }
    }

    fn follow(&self, definition: &'a Definition, into: &mut BTreeSet<&'a str>) {
        for of in types_of(definition) {
            self.add(of, into);
        }
    }
}

/// What a type is made of.
fn types_of(definition: &Definition) -> Vec<&Type> {
    match &definition.shape {
        Shape::Words(_) => Vec::new(),
        Shape::Alias(of) => vec![of],
        Shape::Record(fields) => fields.iter().map(|field| &field.of).collect(),
        Shape::Tagged(variants) => variants
            .iter()
            .flat_map(|variant| match &variant.payload {
                Payload::Empty => Vec::new(),
                Payload::Value(of) => vec![of],
                Payload::Fields(fields) => fields.iter().map(|field| &field.of).collect(),
            })
            .collect(),
    }
}
