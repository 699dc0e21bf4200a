//! The exchange itself, and what is certain of it when it is cut short.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use xmp_core::{
    Certainty, Clock, Context, Error, ErrorKind, HttpRequest, HttpTransport, RequestBody, Result, Retry,
    SendGate,
};

use super::call::request_id;
use super::{Answer, Call, Failure, Layer, Next, Service, Stage, left};
use crate::latch::LatchGate;

/// Makes the request. Every body goes through a latch of our own, so that after a cancellation it is certain whether
/// the last byte had left, whichever transport is below.
pub(super) struct Send {
    service: Arc<Service>,
    transport: Arc<dyn HttpTransport>,
    clock: Arc<dyn Clock>,
}

impl Send {
    pub(super) fn new(
        service: Arc<Service>,
        transport: Arc<dyn HttpTransport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { service, transport, clock }
    }

    fn request(&self, ctx: &Context, call: &Call) -> Result<HttpRequest> {
        let (body, content_type) = call.body();
        let (timeout, max_response) = call.limits();
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(kind) = content_type {
            headers.insert(CONTENT_TYPE, header(kind)?);
        }
        for (name, value) in call.extra_headers() {
            headers.insert(HeaderName::from_static(name), header(value)?);
        }
        headers.insert(HeaderName::from_static("traceparent"), header(&ctx.traceparent())?);
        if let Some(token) = call.token() {
            let mut value = header(&format!("Bearer {}", token.expose()))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(HttpRequest {
            method: call.operation().method.clone(),
            url: call.url(&self.service.base_url)?,
            headers,
            body: body.clone(),
            timeout: left(ctx, self.clock.as_ref()).map_or(timeout, |left| left.min(timeout)),
            max_response,
            gate: None,
        })
    }
}

/// The value itself stays out of the error: it may be a token.
fn header(value: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(value).map_err(|_| {
        Error::new(
            ErrorKind::Validation,
            "call.header",
            "a token or trace id has characters that no header takes",
        )
    })
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "call.cancelled", "the caller cancelled the request")
}

fn too_late() -> Error {
    Error::new(ErrorKind::Timeout, "call.deadline", "the caller's deadline has passed")
}

#[async_trait]
impl Layer for Send {
    fn stage(&self) -> Stage {
        Stage::Send
    }

    async fn call(&self, ctx: &Context, call: &Call, _next: Next<'_>) -> Result<Answer, Failure> {
        let not_sent = |error: Error| Failure::from(error.with_certainty(Certainty::NotSent));
        if ctx.cancel().is_cancelled() {
            return Err(not_sent(cancelled()));
        }
        let left = left(ctx, self.clock.as_ref());
        if left == Some(Duration::ZERO) {
            return Err(not_sent(too_late().with_retry(Retry::After(Duration::ZERO))));
        }
        let mut request = self.request(ctx, call).map_err(not_sent)?;
        let bodyless = matches!(request.body, RequestBody::Empty);
        let gate = Arc::new(LatchGate { inner: call.inner_gate(), ..LatchGate::default() });
        if !bodyless || gate.inner.is_some() {
            request.gate = Some(gate.clone() as Arc<dyn SendGate>);
        } else {
            gate.latch.release(None);
        }
        call.count_attempt();
        let deadline = async {
            match left {
                Some(left) => self.clock.sleep(left).await,
                None => std::future::pending().await,
            }
        };
        // When an answer and an end come together, the answer counts.
        let response = tokio::select! {
            biased;
            result = self.transport.send(request) => result?,
            () = ctx.cancel().cancelled() => return Err(cut_short(cancelled(), &gate)),
            () = deadline => return Err(cut_short(too_late(), &gate)),
        };
        match (self.service.classify)(call.operation(), &response, self.clock.now()) {
            None => Ok(Answer::new(response)),
            Some(error) => {
                let error = error.with_request_id(request_id(&response.headers));
                Err(Failure { error, answer: Some(Box::new(response)) })
            }
        }
    }
}

fn cut_short(error: Error, gate: &LatchGate) -> Failure {
    let certainty = gate.latch.give_up();
    let retry = if certainty == Certainty::NotSent { Retry::After(Duration::ZERO) } else { Retry::Never };
    error.with_retry(retry).with_certainty(certainty).into()
}
