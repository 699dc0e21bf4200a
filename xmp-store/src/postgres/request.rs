//! Requests that programs left here, within transactions of their own.

use std::time::Duration;

use async_trait::async_trait;
use tokio_postgres::Row;
use xmp_core::{
    Context, Error, ErrorKind, ErrorRecord, IdempotencyKey, PostId, PostRequest, RequestState, RequestStore,
    Result, TenantId, WorkerId,
};

use super::PostgresStore;
use super::row::{Cols, Json, Key, at, int, json, key};
use super::tx::Tx;
use crate::time::later;

fn read(row: &Row) -> Result<PostRequest> {
    let cols = Cols::of("requests", row);
    Ok(PostRequest {
        tenant: cols.word("tenant")?,
        key: cols.word("key")?,
        draft: cols.json("draft")?,
        actor: cols.get("actor")?,
        asked_at: cols.time("asked_at")?,
        tries: cols.get::<i32>("tries")?.unsigned_abs(),
    })
}

fn read_state(row: &Row) -> Result<RequestState> {
    let cols = Cols::of("requests", row);
    Ok(match (cols.time_opt("answered_at")?, cols.id_opt::<PostId>("post")?) {
        (None, _) => RequestState::Open,
        (Some(_), Some(post)) => RequestState::Scheduled(post),
        (Some(_), None) => RequestState::Refused(cols.json::<ErrorRecord>("problem")?),
    })
}

impl Tx<'_> {
    async fn take_requests(
        &self,
        worker: WorkerId,
        hold: Duration,
        limit: usize,
    ) -> Result<Vec<PostRequest>> {
        let rows = self
            .query(
                "WITH open AS (
                     SELECT tenant, key FROM xmp.requests
                     WHERE answered_at IS NULL AND (held_until IS NULL OR held_until <= $1)
                     ORDER BY asked_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
                 )
                 UPDATE xmp.requests r SET held_until = $3, worker = $4, tries = r.tries + 1
                 FROM open WHERE r.tenant = open.tenant AND r.key = open.key
                 RETURNING r.tenant, r.key, r.draft, r.actor, r.asked_at, r.tries",
                &[&self.at(), &int(limit as u64), &at(later(self.now, hold)), &key(worker)],
            )
            .await?;
        let mut requests = Vec::with_capacity(rows.len());
        for row in &rows {
            match read(row) {
                Ok(request) => requests.push(request),
                // It would be taken up for ever.
                Err(error) => self.refuse(row, &error).await?,
            }
        }
        requests.sort_by_key(|request| request.asked_at);
        Ok(requests)
    }

    async fn refuse(&self, row: &Row, error: &Error) -> Result<()> {
        let cols = Cols::of("requests", row);
        let (tenant, key): (&str, &str) = (cols.get("tenant")?, cols.get("key")?);
        tracing::error!(tenant, key, %error, "a request can't be read");
        let said = format!("the request can't be read: {error}");
        let refused = Error::new(ErrorKind::Validation, "request.unreadable", said);
        self.execute(
            "UPDATE xmp.requests SET held_until = NULL, answered_at = $3, problem = $4 WHERE tenant = $1 AND key = $2",
            &[&tenant, &key, &self.at(), &json(&ErrorRecord::from(&refused))?],
        )
        .await
        .map(drop)
    }

    async fn answer_request(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        name: &IdempotencyKey,
        answer: &RequestState,
    ) -> Result<()> {
        let (post, problem): (Option<Key>, Option<Json>) = match answer {
            RequestState::Open => (None, None),
            RequestState::Scheduled(post) => (Some(key(*post)), None),
            RequestState::Refused(error) => (None, Some(json(error)?)),
        };
        let answered = (*answer != RequestState::Open).then(|| self.at());
        self.execute(
            "UPDATE xmp.requests SET held_until = NULL, answered_at = $3, post = $4, problem = $5
             WHERE tenant = $1 AND key = $2 AND answered_at IS NULL AND worker = $6",
            &[&tenant.as_str(), &name.as_str(), &answered, &post, &problem, &key(worker)],
        )
        .await?;
        Ok(())
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl RequestStore for PostgresStore {
    async fn take_requests(
        &self,
        worker: WorkerId,
        hold_for: Duration,
        limit: usize,
    ) -> Result<Vec<PostRequest>> {
        let tx = self.inner.begin().await?;
        let done = tx.take_requests(worker, hold_for, limit).await;
        tx.end(done).await
    }

    async fn answer_request(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        key: &IdempotencyKey,
        answer: RequestState,
    ) -> Result<()> {
        let tx = self.inner.begin().await?;
        let done = tx.answer_request(worker, tenant, key, &answer).await;
        tx.end(done).await
    }

    async fn request_state(&self, ctx: &Context, key: &IdempotencyKey) -> Result<Option<RequestState>> {
        let tx = self.inner.begin().await?;
        let found = tx
            .query_opt(
                "SELECT answered_at, post, problem FROM xmp.requests WHERE tenant = $1 AND key = $2",
                &[&ctx.tenant().as_str(), &key.as_str()],
            )
            .await;
        tx.end(found).await?.as_ref().map(read_state).transpose()
    }
}
