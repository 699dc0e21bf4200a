//! Secrets, and the right to refresh them.

use async_trait::async_trait;
use xmp_core::{
    AccountId, Context, RefreshAsk, RefreshLease, Result, Secret, SecretKey, SecretStore, StoredSecret,
    TenantId, WorkerId,
};

use super::PostgresStore;
use super::row::{Cols, at, int, key};
use super::tx::Tx;
use crate::rules;
use crate::seal::SealName;
use crate::time::{between, later, restarted};

impl Tx<'_> {
    async fn secret(&self, tenant: &TenantId, name: &SecretKey) -> Result<Option<StoredSecret>> {
        let found = self
            .query_opt(
                "SELECT version, sealed FROM xmp.secrets WHERE tenant = $1 AND account = $2 AND field = $3",
                &[&tenant.as_str(), &key(name.account), &name.field],
            )
            .await?;
        let Some(row) = found else { return Ok(None) };
        let cols = Cols::of("secrets", &row);
        let place = SealName::account(tenant, name.account, name.field);
        let value = self.store.keyring.open(&place, cols.get("sealed")?)?;
        Ok(Some(StoredSecret { value, version: cols.count("version")? }))
    }

    pub(super) async fn secret_version(&self, tenant: &TenantId, name: &SecretKey) -> Result<u64> {
        let found = self
            .query_opt(
                "SELECT version FROM xmp.secrets WHERE tenant = $1 AND account = $2 AND field = $3",
                &[&tenant.as_str(), &key(name.account), &name.field],
            )
            .await?;
        found.map_or(Ok(0), |row| Cols::of("secrets", &row).count("version"))
    }

    /// Replaces a secret of an account that is locked. With new tokens whatever refresh was under way is settled.
    pub(super) async fn set_secret(
        &self,
        tenant: &TenantId,
        name: &SecretKey,
        value: &Secret,
    ) -> Result<u64> {
        let version = self.secret_version(tenant, name).await? + 1;
        let keyring = &self.store.keyring;
        let sealed = keyring.seal(&SealName::account(tenant, name.account, name.field), value)?;
        self.execute(
            "INSERT INTO xmp.secrets (tenant, account, field, version, key_id, sealed)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (tenant, account, field) DO UPDATE SET version = excluded.version,
                 key_id = excluded.key_id, sealed = excluded.sealed",
            &[
                &tenant.as_str(),
                &key(name.account),
                &name.field,
                &int(version),
                &keyring.current_id(),
                &sealed,
            ],
        )
        .await?;
        if name.field == rules::TOKENS {
            self.execute(
                "DELETE FROM xmp.refresh_leases WHERE tenant = $1 AND account = $2",
                &[&tenant.as_str(), &key(name.account)],
            )
            .await?;
        }
        Ok(version)
    }

    async fn put_secret(
        &self,
        tenant: &TenantId,
        name: &SecretKey,
        value: &Secret,
        expected: u64,
    ) -> Result<u64> {
        // Locked, so that of two who expect the same version one finds it changed.
        self.own_account(tenant, name.account).await?;
        let found = self.secret_version(tenant, name).await?;
        if found != expected {
            return Err(rules::secret_changed(name, expected, found));
        }
        self.set_secret(tenant, name, value).await
    }

    async fn begin_refresh(
        &self,
        tenant: &TenantId,
        account: AccountId,
        ask: RefreshAsk,
    ) -> Result<RefreshLease> {
        self.own_account(tenant, account).await?;
        let owner: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&tenant.as_str(), &key(account)];
        let found = self
            .query_opt(
                "SELECT granted_at, until FROM xmp.refresh_leases WHERE tenant = $1 AND account = $2",
                &owner,
            )
            .await?;
        if let Some(row) = found {
            let cols = Cols::of("refresh_leases", &row);
            let (granted, mut until) = (cols.time("granted_at")?, cols.time("until")?);
            if let Some(again) = restarted(granted, until, self.now) {
                until = again;
                self.execute(
                    "UPDATE xmp.refresh_leases SET granted_at = $3, until = $4
                     WHERE tenant = $1 AND account = $2",
                    &[owner[0], owner[1], &self.at(), &at(until)],
                )
                .await?;
            }
            let left = between(self.now, until);
            if !left.is_zero() {
                return Ok(RefreshLease::Busy(left));
            }
            if !ask.over_abandoned {
                return Ok(RefreshLease::Abandoned);
            }
        }
        self.execute(
            "INSERT INTO xmp.refresh_leases (tenant, account, worker, granted_at, until)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant, account) DO UPDATE SET worker = excluded.worker,
                 granted_at = excluded.granted_at, until = excluded.until",
            &[owner[0], owner[1], &key(ask.worker), &self.at(), &at(later(self.now, ask.hold))],
        )
        .await?;
        Ok(RefreshLease::Granted)
    }

    async fn end_refresh(&self, tenant: &TenantId, account: AccountId, worker: WorkerId) -> Result<()> {
        self.execute(
            "DELETE FROM xmp.refresh_leases WHERE tenant = $1 AND account = $2 AND worker = $3",
            &[&tenant.as_str(), &key(account), &key(worker)],
        )
        .await?;
        Ok(())
    }
}

#[async_trait]
impl SecretStore for PostgresStore {
    async fn secret(&self, ctx: &Context, key: &SecretKey) -> Result<Option<StoredSecret>> {
        let tx = self.inner.begin().await?;
        let done = tx.secret(ctx.tenant(), key).await;
        tx.end(done).await
    }

    async fn put_secret(&self, ctx: &Context, key: &SecretKey, value: Secret, expected: u64) -> Result<u64> {
        rules::check_secret(&format!("the {} of {}", key.field, key.account), &value)?;
        let tx = self.inner.begin().await?;
        let done = tx.put_secret(ctx.tenant(), key, &value, expected).await;
        tx.end(done).await
    }

    async fn begin_refresh(
        &self,
        ctx: &Context,
        account: AccountId,
        ask: RefreshAsk,
    ) -> Result<RefreshLease> {
        let tx = self.inner.begin().await?;
        let done = tx.begin_refresh(ctx.tenant(), account, ask).await;
        tx.end(done).await
    }

    async fn end_refresh(&self, ctx: &Context, account: AccountId, worker: WorkerId) -> Result<()> {
        let tx = self.inner.begin().await?;
        let done = tx.end_refresh(ctx.tenant(), account, worker).await;
        tx.end(done).await
    }
}
