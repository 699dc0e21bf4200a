//! Requests.

use std::time::Duration;

use async_trait::async_trait;
use xmp_core::{
    Context, IdempotencyKey, PostRequest, RequestState, RequestStore, Result, TenantId, WorkerId,
};

use super::SqliteStore;

/// A transaction of another program's on the file would keep everybody else from writing: there are no requests.
#[async_trait]
impl RequestStore for SqliteStore {
    async fn take_requests(&self, _: WorkerId, _: Duration, _: usize) -> Result<Vec<PostRequest>> {
        Ok(Vec::new())
    }

    async fn answer_request(
        &self,
        _: WorkerId,
        _: &TenantId,
        _: &IdempotencyKey,
        _: RequestState,
    ) -> Result<()> {
        Ok(())
    }

    async fn request_state(&self, _: &Context, _: &IdempotencyKey) -> Result<Option<RequestState>> {
        Ok(None)
    }
}
