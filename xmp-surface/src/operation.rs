//! What an operation is, and how the table is written.

use serde::Serialize;
use xmp::{Error, ErrorKind, Result};

use crate::call::{Answering, Call, Reply};

/// How an operation is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It may wait: awaited where a language awaits.
    Call,
    /// It never waits: a plain method in every language.
    Now,
}

/// One operation of the table.
pub struct Operation {
    /// `Class.group.method`, or `Class.method`.
    pub name: &'static str,
    /// What it is called on; empty for what opens something.
    pub receiver: &'static str,
    /// How it is called.
    pub mode: Mode,
    pub(crate) begin: fn(Call<'_>) -> Result<Answering>,
    #[cfg(feature = "schema")]
    pub(crate) describe: fn(&mut schemars::SchemaGenerator) -> crate::describe::Signature,
    #[cfg(feature = "schema")]
    pub(crate) takes: Option<(&'static str, &'static str)>,
    #[cfg(feature = "schema")]
    pub(crate) doc: &'static [&'static str],
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operation")
            .field("name", &self.name)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

pub(crate) fn answer(value: &impl Serialize) -> Result<Reply> {
    let json = serde_json::to_vec(value).map_err(|error| {
        Error::new(ErrorKind::Internal, "answer.unwritable", "the answer can't be written").with_source(error)
    })?;
    Ok(Reply { json, handle: None })
}

/// Writes operations down: what each is called on, its parameters with their documentation, what it gives (`->` plain
/// data, `=>` a new handle), and the Rust that runs it.
macro_rules! operations {
    ($table:ident on $receiver:ty; $(
        $(#[doc = $doc:literal])+
        $mode:ident $name:literal ($this:pat $(, $(#[$meta:meta])* $param:ident: $type:ty)* $(,)?)
        $(-> $answer:ty)? $(=> $opened:ty)? $body:block
    )+) => {
        pub(super) static $table: &[$crate::operation::Operation] = &[$(
            $crate::operation::Operation {
                name: $name,
                receiver: <$receiver as $crate::handle::Receiver>::NAME,
                mode: $crate::operation::Mode::$mode,
                begin: {
                    #[derive(serde::Deserialize)]
                    struct Params { $($(#[$meta])* $param: $type,)* }

                    |call| {
                        let Params { $($param),* } = call.params()?;
                        let $this = <$receiver as $crate::handle::Receiver>::from_call(&call)?;
                        Ok(Box::pin(async move {
                            $(let answer: $answer = $body; $crate::operation::answer(&answer))?
                            $(let opened: $opened = $body; Ok($crate::Reply { json: b"null".to_vec(), handle: Some(opened.into()) }))?
                        }))
                    }
                },
                #[cfg(feature = "schema")]
                describe: {
                    #[derive(schemars::JsonSchema)]
                    #[allow(dead_code, reason = "only described")]
                    struct Params { $($(#[$meta])* $param: $type,)* }

                    |generator| $crate::describe::Signature {
                        params: <Params as schemars::JsonSchema>::json_schema(generator),
                        $(answer: Some(generator.subschema_for::<$answer>()),)?
                        $(opens: Some(<$opened as $crate::handle::Receiver>::NAME),)?
                        ..Default::default()
                    }
                },
                #[cfg(feature = "schema")]
                takes: <$receiver as $crate::handle::Receiver>::TAKES,
                #[cfg(feature = "schema")]
                doc: &[$($doc),+],
            },
        )+];
    };
}

pub(crate) use operations;
