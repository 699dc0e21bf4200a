//! One call from another language.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use xmp::{CancelToken, Certainty, Clock, Context, CorrelationId, Error, ErrorKind, Result, SystemClock};
use xmp_core::Deadline;

use crate::{Handle, attachment, table};

/// How long a cancelled call may take to say what is certain. Requests end at once; what is left is a step in the store.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What goes along with a call.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CallOptions {
    /// Ties the call to an earlier one: 32 hexadecimal digits.
    pub correlation_id: Option<CorrelationId>,
    /// Goes on with a trace: a `traceparent` header.
    pub traceparent: Option<String>,
    /// The person or program behind the call.
    pub actor: Option<String>,
    /// Requests that the call causes end by then.
    pub timeout: Option<Duration>,
    /// Ends the call early.
    #[serde(skip)]
    pub cancel: CancelToken,
}

impl CallOptions {
    /// The context of one call on a handle.
    fn context(&self, handle: Option<&Handle>) -> Result<Context> {
        let tenant = handle.map(Handle::tenant).unwrap_or_default();
        let mut ctx = Context::new(tenant).cancelled_by(self.cancel.clone());
        if let Some(traceparent) = &self.traceparent {
            ctx = ctx.continue_trace(traceparent)?;
        }
        if let Some(id) = self.correlation_id {
            ctx = ctx.correlated(id);
        }
        if let Some(actor) = &self.actor {
            ctx = ctx.by(actor);
        }
        if let (Some(timeout), Some(handle)) = (self.timeout, handle) {
            ctx = ctx.until(Deadline::after(handle.clock().as_ref(), timeout));
        }
        Ok(ctx)
    }
}

/// What an operation gives.
#[derive(Debug, Default)]
pub struct Reply {
    /// The answer, as JSON. `null` where there is a handle, or nothing to say.
    pub json: Vec<u8>,
    /// What it opened.
    pub handle: Option<Handle>,
}

/// A call under way.
pub type Answering = Pin<Box<dyn Future<Output = Result<Reply>> + Send>>;

/// A call as an operation takes it.
pub(crate) struct Call<'a> {
    pub(crate) handle: Option<&'a Handle>,
    pub(crate) params: &'a [u8],
    pub(crate) attachments: Vec<Bytes>,
    pub(crate) ctx: &'a Context,
}

impl Call<'_> {
    pub(crate) fn params<T: for<'de> Deserialize<'de>>(&self) -> Result<T> {
        attachment::among(&self.attachments, || serde_json::from_slice(self.params)).map_err(|error| {
            let error = error.to_string();
            // Where in the JSON it stands is of no use to somebody who never saw it.
            let what = error.split(" at line ").next().unwrap_or_default();
            Error::new(ErrorKind::Validation, "params.shape", format!("the parameters don't fit: {what}"))
                .hint("see the signature of the method")
        })
    }
}

/// Begins an operation on a handle (`None` for what opens one). `attachments` are the bytes that parameters refer to.
///
/// The parameters are read at once, and what is to be closed is closed to others; the work itself is done when it is polled.
/// Dropping it ends it, with all that it waits for; after a cancellation it ends by
/// itself, with an error of kind [`Cancelled`](ErrorKind::Cancelled) that says what is certain.
pub fn begin(
    handle: Option<&Handle>,
    operation: &str,
    params: &[u8],
    attachments: Vec<Bytes>,
    options: &CallOptions,
) -> Answering {
    let begun = start(handle, operation, params, attachments, options);
    Box::pin(async move {
        let (work, ctx) = begun?;
        let id = ctx.correlation_id();
        until_cancelled(work, ctx.cancel()).await.map_err(|error| error.with_correlation(id))
    })
}

fn start(
    handle: Option<&Handle>,
    name: &str,
    params: &[u8],
    attachments: Vec<Bytes>,
    options: &CallOptions,
) -> Result<(Answering, Context)> {
    let operation = table::find(name).ok_or_else(|| {
        Error::new(ErrorKind::Internal, "operation.unknown", format!("there is no operation {name:?}"))
            .hint("the package and its native part are of different versions: install it again")
    })?;
    let ctx = options.context(handle)?;
    let work = (operation.begin)(Call { handle, params, attachments, ctx: &ctx });
    work.map(|work| (work, ctx.clone())).map_err(|error| error.with_correlation(ctx.correlation_id()))
}

async fn until_cancelled(mut work: Answering, cancel: &CancelToken) -> Result<Reply> {
    let given_up = async {
        cancel.cancelled().await;
        SystemClock.sleep(LAST_WORDS).await;
    };
    tokio::select! {
        biased;
        reply = &mut work => reply,
        () = given_up => Err(Error::new(
            ErrorKind::Cancelled,
            "call.cancelled",
            "the caller cancelled the call, and it did not end by itself",
        )
        .hint("what it did until then is kept; ask before you repeat it")
        .with_certainty(Certainty::MaybeSent)),
    }
}
