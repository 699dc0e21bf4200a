//! Requests to schedule that programs leave in the store's database, within transactions of their own.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

use crate::{Context, ErrorRecord, IdempotencyKey, PostId, Result, TenantId, WorkerId};

/// A request to schedule a post. A worker takes it up, checks the draft as any other, and answers.
#[derive(Clone, Debug, PartialEq)]
pub struct PostRequest {
    /// Who owns it.
    pub tenant: TenantId,
    /// The caller's name for the call.
    pub key: IdempotencyKey,
    /// The draft, as plain data.
    pub draft: Value,
    /// Who asked.
    pub actor: String,
    /// When it was asked for: what `now` means in the draft, and what its times must not lie before.
    pub asked_at: Timestamp,
    /// How often it was taken up, from 1.
    pub tries: u32,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum RequestState {
    /// It waits for a worker, or one is at it.
    Open,
    /// It was scheduled.
    Scheduled(PostId),
    /// It will not be, and why.
    Refused(ErrorRecord),
}

/// Keeps requests, where programs can reach the store's database. Where they can't there are none: nothing is to be written then.
///
/// Taking one up and scheduling it are two steps; the request's key makes the second repeatable, so that a worker that dies
/// between them costs nothing.
#[async_trait]
pub trait RequestStore: Send + Sync {
    /// Takes open requests up, oldest first, at most so many, and keeps them from others for so long.
    async fn take_requests(
        &self,
        worker: WorkerId,
        hold_for: Duration,
        limit: usize,
    ) -> Result<Vec<PostRequest>> {
        let _ = (worker, hold_for, limit);
        Ok(Vec::new())
    }

    /// Says what became of a request that `worker` took up: [`RequestState::Open`] gives it back at once. Does nothing to
    /// one that was answered, or that another worker has taken up since.
    async fn answer_request(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        key: &IdempotencyKey,
        answer: RequestState,
    ) -> Result<()> {
        let _ = (worker, tenant, key, answer);
        Ok(())
    }

    /// What became of a request. `None` if there is none under this key, or it was forgotten with its post.
    async fn request_state(&self, ctx: &Context, key: &IdempotencyKey) -> Result<Option<RequestState>> {
        let _ = (ctx, key);
        Ok(None)
    }
}
