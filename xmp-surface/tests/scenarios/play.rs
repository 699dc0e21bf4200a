//! A story, played.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;
use xmp::{Clock, SystemClock};
use xmp_surface::{CallOptions, Failure, Handle, Reply, begin};

use crate::compare;
use crate::story::{Advance, Placed, Step, Story};
use crate::surface::{Stream, Surface};
use crate::values::Kept;

/// How long `until` tries, and how long what is on its way gets in between: both in real time.
const PATIENCE: Duration = Duration::from_secs(30);
const BREATH: Duration = Duration::from_millis(10);

/// What a call gives: its error is a `Failure`.
type Outcome = Result<Reply, Value>;

/// Plays a story, on the peer that told so much of itself; says which step failed, and why.
pub(crate) async fn story(story: &Story, peer: Option<Value>, surface: &Surface) -> Result<(), String> {
    let folder = TempDir::new().map_err(|error| format!("no folder: {error}"))?;
    let mut kept = Kept::new(folder.path());
    if let Some(told) = peer {
        kept.keep("peer", told);
    }
    let mut stage = Stage { surface, kept, things: BTreeMap::new(), opened: Vec::new() };
    let played = stage.play(&story.steps).await;
    let closed = stage.close().await;
    played.and(closed)
}

struct Stage<'a> {
    surface: &'a Surface,
    kept: Kept,
    things: BTreeMap<String, Thing>,
    opened: Vec<Thing>,
}

/// What was opened.
#[derive(Clone)]
struct Thing {
    class: String,
    handle: Handle,
}

impl Stage<'_> {
    async fn play(&mut self, steps: &[Placed]) -> Result<(), String> {
        for Placed { place, step } in steps {
            self.step(step).await.map_err(|error| format!("{place}, {}: {error}", step.call))?;
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        let reply = match &step.until {
            Some(until) => self.until(step, until).await?,
            None => match (self.call(step).await?, &step.error) {
                (Ok(reply), None) => reply,
                (Err(failure), Some(error)) => {
                    let error = self.kept.resolve(error, &mut Vec::new())?;
                    return compare::has(&error, &failure).map_err(|error| format!("{error}, of {failure}"));
                }
                (Ok(reply), Some(error)) => {
                    return Err(format!("expected the error {error}, got {}", text(&reply)));
                }
                (Err(failure), None) => return Err(format!("it failed: {failure}")),
            },
        };
        let answer = answer(&reply)?;
        if let Some(expected) = &step.expect {
            let expected = self.kept.resolve(expected, &mut Vec::new())?;
            compare::has(&expected, &answer).map_err(|error| format!("{error}, of {answer}"))?;
        }
        if let Some(handle) = reply.handle {
            let class = self.surface.opens(&step.call).unwrap_or_default().to_owned();
            let thing = Thing { class, handle };
            self.opened.push(thing.clone());
            if let Some(name) = &step.kept_as {
                self.things.insert(name.clone(), thing);
            }
        } else if let Some(name) = &step.kept_as {
            self.kept.keep(name, answer);
        }
        Ok(())
    }

    /// Makes a call again and again, until its answer has what it has to have.
    async fn until(&self, step: &Step, until: &Value) -> Result<Reply, String> {
        let until = self.kept.resolve(until, &mut Vec::new())?;
        let begun = SystemClock.monotonic();
        loop {
            let reply = self.call(step).await?.map_err(|failure| format!("it failed: {failure}"))?;
            let answer = answer(&reply)?;
            match compare::has(&until, &answer) {
                Ok(()) => return Ok(reply),
                Err(error) if SystemClock.monotonic() > begun + PATIENCE => {
                    return Err(format!("given up after {} s: {error}, of {answer}", PATIENCE.as_secs()));
                }
                Err(_) => {}
            }
            if let Some(Advance { things, by }) = &step.advance {
                for name in things {
                    self.advance(name, by).await?;
                }
            }
            SystemClock.sleep(BREATH).await;
        }
    }

    /// Moves a thing's time on.
    async fn advance(&self, name: &str, by: &Value) -> Result<(), String> {
        let thing = self.thing(name)?;
        let operation = match thing.class.as_str() {
            "ManualClock" => "ManualClock.advance",
            "Sim" => "Sim.clock.advance",
            class => return Err(format!("{name} is a {class}: it has no time that can be moved")),
        };
        tell(thing, operation, json!({ "by": by })).await
    }

    /// The inner error is the call's own.
    async fn call(&self, step: &Step) -> Result<Outcome, String> {
        let on = step.on.as_ref().or(step.takes.as_ref()).map(|name| self.thing(name)).transpose()?;
        let on = on.map(|thing| &thing.handle);
        let mut attachments = Vec::new();
        let params = self.kept.resolve(&step.params, &mut attachments)?;
        Ok(match self.surface.stream(&step.call) {
            Some(stream) => all_items(on, stream, params, &step.within).await,
            None => operate(on, &step.call, &params, attachments, &step.within).await,
        })
    }

    fn thing(&self, name: &str) -> Result<&Thing, String> {
        self.things.get(name).ok_or_else(|| format!("nothing was opened as {name}"))
    }

    /// Closes what was opened, in the opposite order.
    async fn close(self) -> Result<(), String> {
        for thing in self.opened.iter().rev() {
            if let Some(ending) = self.surface.ending(&thing.class) {
                tell(thing, &ending, json!({})).await?;
            }
        }
        Ok(())
    }
}

/// A call that is no step of the story.
async fn tell(thing: &Thing, operation: &str, params: Value) -> Result<(), String> {
    let told = operate(Some(&thing.handle), operation, &params, Vec::new(), &CallOptions::default()).await;
    told.map(drop).map_err(|failure| format!("{operation}: {failure}"))
}

async fn operate(
    on: Option<&Handle>,
    operation: &str,
    params: &Value,
    attachments: Vec<Bytes>,
    options: &CallOptions,
) -> Outcome {
    let reply = begin(on, operation, params.to_string().as_bytes(), attachments, options).await;
    reply.map_err(|error| json!(Failure::from(&error)))
}

/// The items of all pages: the last one has no next, or is empty.
async fn all_items(
    on: Option<&Handle>,
    stream: &Stream,
    mut params: Value,
    options: &CallOptions,
) -> Outcome {
    let mut items = Vec::new();
    loop {
        let reply = operate(on, &stream.pages, &params, Vec::new(), options).await?;
        let page: Value = serde_json::from_slice(&reply.json).map_err(|error| json!(error.to_string()))?;
        let (new, next) = match stream.next.strip_prefix('.') {
            Some(field) => (&page["items"], page.get(field)),
            None => (
                &page,
                page.as_array().and_then(|page| page.last()).and_then(|last| within(last, &stream.next)),
            ),
        };
        items.extend(new.as_array().into_iter().flatten().cloned());
        match next {
            Some(next) if !next.is_null() => params[&stream.place] = next.clone(),
            _ => return Ok(Reply { json: json!(items).to_string().into_bytes(), handle: None }),
        }
    }
}

/// `post.id` of an item.
fn within<'a>(item: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(item, |value, field| value.get(field))
}

fn answer(reply: &Reply) -> Result<Value, String> {
    serde_json::from_slice(&reply.json).map_err(|error| format!("the answer is not JSON: {error}"))
}

fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.json).into_owned()
}
