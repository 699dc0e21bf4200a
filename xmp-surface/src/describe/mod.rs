//! The description of the surface: what the other languages are generated from.

mod model;
mod read;
mod sugar;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use xmp::{ErrorKind, EventKind};

pub use model::{
    Definition, Field, Kind, Method, Payload, Shape, Stream, Sugar, Surface, Type, Variant, Word,
};

use crate::{Failure, table};

/// What goes into an operation and comes out of it.
#[derive(Default)]
pub(crate) struct Signature {
    pub(crate) params: Schema,
    pub(crate) answer: Option<Schema>,
    pub(crate) opens: Option<&'static str>,
}

const STREAMS: &[Stream] = &[
    Stream {
        name: "Xmp.stream_events",
        pages: "Xmp.events",
        place: "after",
        next: "sequence",
        acknowledge: None,
        doc: "All events of this tenant after a place in the log that are there by now, in order.",
    },
    Stream {
        name: "Xmp.posts.stream",
        pages: "Xmp.posts.list",
        place: "after",
        next: "post.id",
        acknowledge: None,
        doc: "All posts of a filter, oldest first, read in pages of its limit.",
    },
    Stream {
        name: "Xmp.platform.stream_timeline",
        pages: "Xmp.platform.timeline",
        place: "cursor",
        next: ".next",
        acknowledge: None,
        doc: "All of the account's own posts that a query means, newest first, read page by page: each page is a \
              request.",
    },
    Stream {
        name: "Xmp.consumers.stream",
        pages: "Xmp.consumers.read",
        place: "name",
        next: "sequence",
        acknowledge: Some("Xmp.consumers.acknowledge"),
        doc: "Events as they happen, without end: each is acknowledged when the next one is asked for, and so is told again if \
              the program ends before.",
    },
];

impl Surface {
    /// The surface as it is compiled.
    ///
    /// # Errors
    /// If a type has a shape that the description has no words for.
    pub fn new() -> Result<Self, String> {
        let mut generator = SchemaSettings::draft2020_12().into_generator();
        let operations: Result<_, String> = table::all()
            .map(|operation| {
                let signature = (operation.describe)(&mut generator);
                Ok(Method {
                    name: operation.name,
                    opening: operation.receiver.is_empty(),
                    mode: operation.mode,
                    doc: read::prose(&operation.doc.join("\n")),
                    takes: operation.takes,
                    params: read::fields(signature.params.as_value())
                        .map_err(|error| format!("{}: {error}", operation.name))?,
                    answer: signature.answer.map(|answer| read::type_of(answer.as_value())).transpose()?,
                    opens: signature.opens,
                })
            })
            .collect();
        let operations = operations?;
        generator.subschema_for::<Failure>();
        generator.subschema_for::<EventKind>();
        let types = generator.take_definitions(true);
        let types =
            types.iter().filter(|(name, _)| !matches!(name.as_str(), "Secret" | "Duration" | "Attachment"));
        let kinds = ErrorKind::ALL.iter().map(|kind| Kind {
            kind: kind.as_str(),
            meaning: kind.meaning(),
            severity: kind.severity(),
        });
        Ok(Self {
            operations,
            streams: STREAMS,
            sugar: sugar::all(),
            types: types.map(|(name, schema)| read::definition(name, schema)).collect::<Result<_, _>>()?,
            errors: kinds.collect(),
        })
    }
}
