//! What a log entry says, as JSON.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::process::Process;

/// The level of `logging` below which nothing is made. Nothing at all until Python has said what it wants.
static LEVEL: AtomicU32 = AtomicU32::new(u32::MAX);

pub(super) fn set_level(level: u32) {
    LEVEL.store(level, Ordering::Relaxed);
}

/// The numbers of `logging`; it has none for `TRACE`.
fn number(level: Level) -> u32 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}

/// Sends entries, with the fields of the spans around them, to the queue of the process.
pub(super) struct ToQueue;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for ToQueue {
    /// The level changes while the program runs: it is asked for each time.
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target().starts_with("xmp") { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target().starts_with("xmp") && number(*metadata.level()) >= LEVEL.load(Ordering::Relaxed)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = ctx.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        if let Some(span) = ctx.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let Ok(process) = Process::current() else { return };
        process.logs.put(|| {
            let mut fields = Fields::default();
            for span in ctx.event_scope(event).into_iter().flatten().collect::<Vec<_>>().into_iter().rev() {
                if let Some(of_span) = span.extensions().get::<Fields>() {
                    fields.0.extend(of_span.0.clone());
                }
            }
            event.record(&mut fields);
            entry(event.metadata(), fields)
        });
    }
}

#[expect(clippy::disallowed_methods, reason = "a log says when it was in real time")]
fn entry(metadata: &Metadata<'_>, mut fields: Fields) -> String {
    let message = fields.0.remove("message").unwrap_or_default();
    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    json!({
        "level": number(*metadata.level()),
        "target": metadata.target(),
        "message": message,
        "at": at.as_secs_f64(),
        "fields": fields.0,
    })
    .to_string()
}

/// The fields of a span or an event.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }
}

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}
