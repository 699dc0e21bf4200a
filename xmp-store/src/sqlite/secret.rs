//! Secrets, and the right to refresh them.

use async_trait::async_trait;
use rusqlite::params;
use xmp_core::{
    AccountId, Context, RefreshAsk, RefreshLease, Result, Secret, SecretKey, SecretStore, StoredSecret,
    TenantId, WorkerId,
};

use super::row::{int, micros, one, run};
use super::{SqliteStore, Tx};
use crate::rules;
use crate::seal::SealName;
use crate::time::{between, later, restarted};

impl Tx<'_> {
    fn secret(&self, tenant: &TenantId, key: &SecretKey) -> Result<Option<StoredSecret>> {
        let found = one(
            self.conn,
            "secrets",
            "SELECT version, sealed FROM secrets WHERE tenant = ?1 AND account = ?2 AND field = ?3",
            (tenant.as_str(), key.account.to_string(), key.field),
            |cols| Ok((cols.count("version")?, cols.get::<Vec<u8>>("sealed")?)),
        )?;
        let Some((version, sealed)) = found else { return Ok(None) };
        let value = self.keyring.open(&SealName::account(tenant, key.account, key.field), &sealed)?;
        Ok(Some(StoredSecret { value, version }))
    }

    pub(super) fn secret_version(&self, tenant: &TenantId, key: &SecretKey) -> Result<u64> {
        let found = one(
            self.conn,
            "secrets",
            "SELECT version FROM secrets WHERE tenant = ?1 AND account = ?2 AND field = ?3",
            (tenant.as_str(), key.account.to_string(), key.field),
            |cols| cols.count("version"),
        )?;
        Ok(found.unwrap_or(0))
    }

    /// Replaces a secret. With new tokens whatever refresh was under way is settled.
    pub(super) fn set_secret(&self, tenant: &TenantId, key: &SecretKey, value: &Secret) -> Result<u64> {
        let version = self.secret_version(tenant, key)? + 1;
        let sealed = self.keyring.seal(&SealName::account(tenant, key.account, key.field), value)?;
        run(
            self.conn,
            "INSERT INTO secrets (tenant, account, field, version, key_id, sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (tenant, account, field) DO UPDATE SET version = excluded.version,
                 key_id = excluded.key_id, sealed = excluded.sealed",
            params![
                tenant.as_str(),
                key.account.to_string(),
                key.field,
                int(version),
                self.keyring.current_id(),
                sealed,
            ],
        )?;
        if key.field == rules::TOKENS {
            run(
                self.conn,
                "DELETE FROM refresh_leases WHERE tenant = ?1 AND account = ?2",
                (tenant.as_str(), key.account.to_string()),
            )?;
        }
        Ok(version)
    }

    fn put_secret(&self, tenant: &TenantId, key: &SecretKey, value: &Secret, expected: u64) -> Result<u64> {
        self.account(tenant, key.account)?;
        let found = self.secret_version(tenant, key)?;
        if found != expected {
            return Err(rules::secret_changed(key, expected, found));
        }
        self.set_secret(tenant, key, value)
    }

    fn begin_refresh(&self, tenant: &TenantId, account: AccountId, ask: RefreshAsk) -> Result<RefreshLease> {
        self.account(tenant, account)?;
        let found = one(
            self.conn,
            "refresh_leases",
            "SELECT granted_at, until FROM refresh_leases WHERE tenant = ?1 AND account = ?2",
            (tenant.as_str(), account.to_string()),
            |cols| Ok((cols.time("granted_at")?, cols.time("until")?)),
        )?;
        if let Some((granted, mut until)) = found {
            if let Some(again) = restarted(granted, until, self.now) {
                until = again;
                run(
                    self.conn,
                    "UPDATE refresh_leases SET granted_at = ?3, until = ?4 WHERE tenant = ?1 AND account = ?2",
                    params![tenant.as_str(), account.to_string(), micros(self.now), micros(until)],
                )?;
            }
            let left = between(self.now, until);
            if !left.is_zero() {
                return Ok(RefreshLease::Busy(left));
            }
            if !ask.over_abandoned {
                return Ok(RefreshLease::Abandoned);
            }
        }
        run(
            self.conn,
            "INSERT OR REPLACE INTO refresh_leases (tenant, account, worker, granted_at, until)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                tenant.as_str(),
                account.to_string(),
                ask.worker.to_string(),
                micros(self.now),
                micros(later(self.now, ask.hold)),
            ],
        )?;
        Ok(RefreshLease::Granted)
    }

    fn end_refresh(&self, tenant: &TenantId, account: AccountId, worker: WorkerId) -> Result<()> {
        run(
            self.conn,
            "DELETE FROM refresh_leases WHERE tenant = ?1 AND account = ?2 AND worker = ?3",
            (tenant.as_str(), account.to_string(), worker.to_string()),
        )?;
        Ok(())
    }
}

#[async_trait]
impl SecretStore for SqliteStore {
    async fn secret(&self, ctx: &Context, key: &SecretKey) -> Result<Option<StoredSecret>> {
        let (tenant, key) = (ctx.tenant().clone(), key.clone());
        self.read(move |tx| tx.secret(&tenant, &key)).await
    }

    async fn put_secret(&self, ctx: &Context, key: &SecretKey, value: Secret, expected: u64) -> Result<u64> {
        rules::check_secret(&format!("the {} of {}", key.field, key.account), &value)?;
        let (tenant, key) = (ctx.tenant().clone(), key.clone());
        self.write(move |tx| tx.put_secret(&tenant, &key, &value, expected)).await
    }

    async fn begin_refresh(
        &self,
        ctx: &Context,
        account: AccountId,
        ask: RefreshAsk,
    ) -> Result<RefreshLease> {
        let tenant = ctx.tenant().clone();
        self.write(move |tx| tx.begin_refresh(&tenant, account, ask)).await
    }

    async fn end_refresh(&self, ctx: &Context, account: AccountId, worker: WorkerId) -> Result<()> {
        let tenant = ctx.tenant().clone();
        self.write(move |tx| tx.end_refresh(&tenant, account, worker)).await
    }
}
