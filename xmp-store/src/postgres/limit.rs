//! Windows of requests.

use std::time::Duration;

use async_trait::async_trait;
use xmp_core::{LimitDecision, LimitKey, LimitStore, LimitWindow, RequestPriority, Result, Windows};

use super::PostgresStore;
use super::row::{Cols, json};
use super::tx::Tx;

/// The account of windows that are the app's.
fn account(key: &LimitKey) -> &str {
    key.account.as_ref().map_or("", |account| account.as_str())
}

impl Tx<'_> {
    /// Changes the windows of a key by a pure step. Who else asks for them at this moment waits.
    async fn change_windows<T>(&self, key: &LimitKey, step: impl FnOnce(&mut Windows) -> T) -> Result<T> {
        // A count that is lost as the server falls is told by the platform with its next answer: no request waits for
        // the disk.
        self.query("SELECT set_config('synchronous_commit', 'off', true)", &[]).await?;
        let row = self
            .query_opt(
                "INSERT INTO xmp.limits AS l (platform, app, account, operation, windows)
                 VALUES ($1, $2, $3, $4, '[]')
                 ON CONFLICT (platform, app, account, operation) DO UPDATE SET windows = l.windows
                 RETURNING windows",
                &[&key.platform.as_str(), &key.app, &account(key), &key.operation],
            )
            .await?;
        let before: Windows =
            row.map_or(Ok(Windows::default()), |row| Cols::of("limits", &row).json("windows"))?;
        let mut after = before.clone();
        let answer = step(&mut after);
        if after != before {
            self.execute(
                "UPDATE xmp.limits SET windows = $5
                 WHERE platform = $1 AND app = $2 AND account = $3 AND operation = $4",
                &[&key.platform.as_str(), &key.app, &account(key), &key.operation, &json(&after)?],
            )
            .await?;
        }
        Ok(answer)
    }
}

#[async_trait]
impl LimitStore for PostgresStore {
    async fn draw(
        &self,
        key: &LimitKey,
        cost: u64,
        priority: RequestPriority,
        expected: &[(u64, Duration)],
    ) -> Result<LimitDecision> {
        let tx = self.inner.begin().await?;
        let now = tx.now;
        let done = tx
            .change_windows(key, |windows| {
                windows.expect(expected, now);
                windows.draw(cost, priority, now)
            })
            .await;
        tx.end(done).await
    }

    async fn learn(&self, key: &LimitKey, told: &[LimitWindow]) -> Result<()> {
        let tx = self.inner.begin().await?;
        let now = tx.now;
        let done = tx.change_windows(key, |windows| windows.learn(told, now)).await;
        tx.end(done).await
    }

    async fn windows(&self, key: &LimitKey) -> Result<Vec<LimitWindow>> {
        let tx = self.inner.begin().await?;
        let now = tx.now;
        let found = tx
            .query_opt(
                "SELECT windows FROM xmp.limits
                 WHERE platform = $1 AND app = $2 AND account = $3 AND operation = $4",
                &[&key.platform.as_str(), &key.app, &account(key), &key.operation],
            )
            .await;
        let Some(row) = tx.end(found).await? else { return Ok(Vec::new()) };
        Ok(Cols::of("limits", &row).json::<Windows>("windows")?.open(now))
    }
}
