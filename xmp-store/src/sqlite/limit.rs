//! Windows of requests.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::params;
use xmp_core::{LimitDecision, LimitKey, LimitStore, LimitWindow, RequestPriority, Result, Windows};

use super::row::{json, one, run};
use super::{SqliteStore, Tx};

/// The account of windows that are the app's.
fn account(key: &LimitKey) -> &str {
    key.account.as_ref().map_or("", |account| account.as_str())
}

impl Tx<'_> {
    fn windows(&self, key: &LimitKey) -> Result<Windows> {
        let found = one(
            self.conn,
            "limits",
            "SELECT windows FROM limits WHERE platform = ?1 AND app = ?2 AND account = ?3 AND operation = ?4",
            (key.platform.as_str(), &key.app, account(key), key.operation),
            |cols| cols.json("windows"),
        )?;
        Ok(found.unwrap_or_default())
    }

    /// Changes the windows of a key by a pure step.
    fn change_windows<T>(&self, key: &LimitKey, step: impl FnOnce(&mut Windows) -> T) -> Result<T> {
        let before = self.windows(key)?;
        let mut after = before.clone();
        let answer = step(&mut after);
        if after != before {
            run(
                self.conn,
                "INSERT INTO limits (platform, app, account, operation, windows) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (platform, app, account, operation) DO UPDATE SET windows = excluded.windows",
                params![key.platform.as_str(), key.app, account(key), key.operation, json(&after)?],
            )?;
        }
        Ok(answer)
    }
}

#[async_trait]
impl LimitStore for SqliteStore {
    async fn draw(
        &self,
        key: &LimitKey,
        cost: u64,
        priority: RequestPriority,
        expected: &[(u64, Duration)],
    ) -> Result<LimitDecision> {
        let (key, expected) = (key.clone(), expected.to_vec());
        self.write(move |tx| {
            tx.change_windows(&key, |windows| {
                windows.expect(&expected, tx.now);
                windows.draw(cost, priority, tx.now)
            })
        })
        .await
    }

    async fn learn(&self, key: &LimitKey, told: &[LimitWindow]) -> Result<()> {
        let (key, told) = (key.clone(), told.to_vec());
        self.write(move |tx| tx.change_windows(&key, |windows| windows.learn(&told, tx.now))).await
    }

    async fn windows(&self, key: &LimitKey) -> Result<Vec<LimitWindow>> {
        let key = key.clone();
        self.read(move |tx| Ok(tx.windows(&key)?.open(tx.now))).await
    }
}
