//! Windows of requests.

use std::time::Duration;

use async_trait::async_trait;
use xmp_core::{LimitDecision, LimitKey, LimitStore, LimitWindow, RequestPriority, Result};

use super::MemoryStore;

#[async_trait]
impl LimitStore for MemoryStore {
    async fn draw(
        &self,
        key: &LimitKey,
        cost: u64,
        priority: RequestPriority,
        expected: &[(u64, Duration)],
    ) -> Result<LimitDecision> {
        let (mut state, now) = self.lock();
        let windows = state.windows.entry(key.clone()).or_default();
        windows.expect(expected, now);
        Ok(windows.draw(cost, priority, now))
    }

    async fn learn(&self, key: &LimitKey, told: &[LimitWindow]) -> Result<()> {
        let (mut state, now) = self.lock();
        state.windows.entry(key.clone()).or_default().learn(told, now);
        Ok(())
    }

    async fn windows(&self, key: &LimitKey) -> Result<Vec<LimitWindow>> {
        let (state, now) = self.lock();
        Ok(state.windows.get(key).map(|windows| windows.open(now)).unwrap_or_default())
    }
}
