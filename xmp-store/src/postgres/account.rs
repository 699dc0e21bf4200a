//! Accounts and consents.

use async_trait::async_trait;
use tokio_postgres::Row;
use xmp_core::{
    Account, AccountId, AccountState, AccountStore, Context, NewAccount, PendingConsent, Result, Secret,
    SecretKey, Spacing, TenantId,
};

use super::PostgresStore;
use super::row::{Cols, at, at_opt, json, key, word};
use super::tx::Tx;
use crate::rules::{self, Origin};
use crate::seal::{SealName, digest};
use crate::time::{between, later};

/// The columns of an account, of the table `a`.
macro_rules! columns {
    () => {
        "a.tenant, a.id, a.platform, a.app, a.remote_id, a.handle, a.state, a.scopes, a.on_absent, \
         a.blocked_until, a.created_at, a.spacing, a.paced_until"
    };
}
pub(super) use columns;

pub(super) fn read(row: &Row) -> Result<Account> {
    let cols = Cols::of("accounts", row);
    Ok(Account {
        id: cols.id("id")?,
        tenant: cols.word("tenant")?,
        platform: cols.parse("platform")?,
        app: cols.get("app")?,
        remote_id: cols.word("remote_id")?,
        handle: cols.get("handle")?,
        state: cols.word("state")?,
        scopes: cols.json("scopes")?,
        on_absent: cols.word("on_absent")?,
        blocked_until: cols.time_opt("blocked_until")?,
        created_at: cols.time("created_at")?,
        spacing: cols.json_or_default("spacing")?,
        paced_until: cols.time_opt("paced_until")?,
    })
}

impl Tx<'_> {
    pub(super) async fn account(&self, tenant: &TenantId, id: AccountId) -> Result<Account> {
        const SQL: &str =
            concat!("SELECT ", columns!(), " FROM xmp.accounts a WHERE a.tenant = $1 AND a.id = $2");
        let found = self.query_opt(SQL, &[&tenant.as_str(), &key(id)]).await?;
        found.as_ref().map(read).transpose()?.ok_or_else(|| rules::no_account(id))
    }

    /// An account that is about to be changed: nobody else changes it, and no claim takes its deliveries, until this
    /// transaction ends.
    pub(super) async fn own_account(&self, tenant: &TenantId, id: AccountId) -> Result<Account> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM xmp.accounts a WHERE a.tenant = $1 AND a.id = $2 FOR NO KEY UPDATE"
        );
        let found = self.query_opt(SQL, &[&tenant.as_str(), &key(id)]).await?;
        found.as_ref().map(read).transpose()?.ok_or_else(|| rules::no_account(id))
    }

    pub(super) async fn save_account(&self, account: &Account) -> Result<()> {
        self.execute(
            "INSERT INTO xmp.accounts (tenant, id, platform, app, remote_id, handle, state, scopes, on_absent,
                 blocked_until, created_at, spacing, paced_until)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (tenant, id) DO UPDATE SET handle = excluded.handle, state = excluded.state,
                 scopes = excluded.scopes, on_absent = excluded.on_absent,
                 blocked_until = excluded.blocked_until, spacing = excluded.spacing,
                 paced_until = excluded.paced_until",
            &[
                &account.tenant.as_str(),
                &key(account.id),
                &account.platform.as_str(),
                &account.app,
                &account.remote_id.as_str(),
                &account.handle,
                &account.state.as_str(),
                &json(&account.scopes)?,
                &word(&account.on_absent)?,
                &at_opt(account.blocked_until),
                &at(account.created_at),
                &(!account.spacing.is_none()).then(|| json(&account.spacing)).transpose()?,
                &at_opt(account.paced_until),
            ],
        )
        .await?;
        Ok(())
    }

    async fn connect(&self, origin: &Origin, new: NewAccount, tokens: &Secret) -> Result<Account> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM xmp.accounts a WHERE a.tenant = $1 AND a.platform = $2 AND a.app = $3 AND a.remote_id = $4
             FOR NO KEY UPDATE"
        );
        let (platform, remote) = (new.platform, new.remote_id.clone());
        // Two who connect the same new account at once: the second one finds it connected.
        let name = format!("xmp account {} {platform} {} {remote}", origin.tenant, new.app);
        self.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", &[&name]).await?;
        let found = self
            .query_opt(SQL, &[&origin.tenant.as_str(), &platform.as_str(), &new.app, &remote.as_str()])
            .await?;
        let existing = found.as_ref().map(read).transpose()?;
        let (account, event) = rules::connected(&origin.tenant, existing, new, self.now);
        self.save_account(&account).await?;
        let tokens_of = SecretKey { account: account.id, field: rules::TOKENS };
        self.set_secret(&origin.tenant, &tokens_of, tokens).await?;
        self.lift_account(&account.tenant, account.id).await?;
        self.write_events(origin, vec![event]).await?;
        Ok(account)
    }

    async fn set_state(
        &self,
        origin: &Origin,
        id: AccountId,
        to: AccountState,
        why: &str,
    ) -> Result<Account> {
        let mut account = self.own_account(&origin.tenant, id).await?;
        if account.state != to {
            let events = rules::state_events(id, account.state, to, why);
            rules::set_state(&mut account, to);
            self.save_account(&account).await?;
            if to == AccountState::Active {
                self.lift_account(&account.tenant, id).await?;
            }
            self.write_events(origin, events).await?;
        }
        Ok(account)
    }

    async fn set_spacing(&self, origin: &Origin, id: AccountId, spacing: Spacing) -> Result<Account> {
        let mut account = self.own_account(&origin.tenant, id).await?;
        if let Some(event) = rules::spaced(&mut account, spacing) {
            self.save_account(&account).await?;
            self.lift_account(&account.tenant, id).await?;
            self.write_events(origin, vec![event]).await?;
        }
        Ok(account)
    }

    async fn needs_consent(&self, origin: &Origin, id: AccountId, version: u64, why: &str) -> Result<bool> {
        // The account is locked first, so that nobody connects it again between the look and the step.
        self.own_account(&origin.tenant, id).await?;
        let tokens = SecretKey { account: id, field: rules::TOKENS };
        let same = self.secret_version(&origin.tenant, &tokens).await? == version;
        if same {
            self.set_state(origin, id, AccountState::NeedsConsent, why).await?;
        }
        Ok(same)
    }

    async fn put_consent(&self, tenant: &TenantId, consent: &PendingConsent) -> Result<()> {
        self.execute("DELETE FROM xmp.consents WHERE expires_at <= $1", &[&self.at()]).await?;
        let digest = digest(&consent.state);
        let keyring = &self.store.keyring;
        let sealed = keyring.seal(&SealName::consent(tenant, &digest), &consent.verifier)?;
        let kept = self
            .execute(
                "INSERT INTO xmp.consents (tenant, digest, platform, app, redirect_uri, key_id, verifier, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
                &[
                    &tenant.as_str(),
                    &digest,
                    &consent.platform.as_str(),
                    &consent.app,
                    &consent.redirect_uri,
                    &keyring.current_id(),
                    &sealed,
                    &at(later(self.now, consent.expires_in)),
                ],
            )
            .await?;
        if kept == 0 { Err(rules::consent_twice()) } else { Ok(()) }
    }

    async fn take_consent(&self, tenant: &TenantId, state: &Secret) -> Result<Option<PendingConsent>> {
        let digest = digest(state);
        let found = self
            .query_opt(
                "DELETE FROM xmp.consents WHERE tenant = $1 AND digest = $2
                 RETURNING platform, app, redirect_uri, verifier, expires_at",
                &[&tenant.as_str(), &digest],
            )
            .await?;
        let Some(row) = found else { return Ok(None) };
        let cols = Cols::of("consents", &row);
        let expires = cols.time("expires_at")?;
        if expires <= self.now {
            return Ok(None);
        }
        let sealed: &[u8] = cols.get("verifier")?;
        Ok(Some(PendingConsent {
            state: state.clone(),
            verifier: self.store.keyring.open(&SealName::consent(tenant, &digest), sealed)?,
            platform: cols.parse("platform")?,
            app: cols.get("app")?,
            redirect_uri: cols.get("redirect_uri")?,
            expires_in: between(self.now, expires),
        }))
    }
}

#[async_trait]
impl AccountStore for PostgresStore {
    async fn connect(&self, ctx: &Context, new: NewAccount, tokens: Secret) -> Result<Account> {
        rules::check_secret("the token set", &tokens)?;
        let tx = self.inner.begin_telling().await?;
        let done = tx.connect(&Origin::call(ctx), new, &tokens).await;
        tx.end(done).await
    }

    async fn account(&self, ctx: &Context, id: AccountId) -> Result<Account> {
        let tx = self.inner.begin().await?;
        let done = tx.account(ctx.tenant(), id).await;
        tx.end(done).await
    }

    async fn accounts(&self, ctx: &Context) -> Result<Vec<Account>> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM xmp.accounts a WHERE a.tenant = $1 ORDER BY a.created_at, a.id"
        );
        let tx = self.inner.begin().await?;
        let found = tx.query(SQL, &[&ctx.tenant().as_str()]).await;
        tx.end(found).await?.iter().map(read).collect()
    }

    async fn set_account_state(
        &self,
        ctx: &Context,
        id: AccountId,
        state: AccountState,
        why: &str,
    ) -> Result<Account> {
        let tx = self.inner.begin_telling().await?;
        let done = tx.set_state(&Origin::call(ctx), id, state, why).await;
        let account = tx.end(done).await?;
        if state == AccountState::Active {
            self.inner.bell.ring();
        } else {
            // Whether or not this call has changed it: another one may be waiting still.
            self.inner.outwait_steps().await?;
        }
        Ok(account)
    }

    async fn set_spacing(&self, ctx: &Context, id: AccountId, spacing: Spacing) -> Result<Account> {
        spacing.check()?;
        let tx = self.inner.begin_telling().await?;
        let done = tx.set_spacing(&Origin::call(ctx), id, spacing).await;
        let account = tx.end(done).await?;
        self.inner.bell.ring();
        Ok(account)
    }

    async fn needs_consent(&self, ctx: &Context, id: AccountId, version: u64, why: &str) -> Result<bool> {
        let tx = self.inner.begin_telling().await?;
        let done = tx.needs_consent(&Origin::call(ctx), id, version, why).await;
        tx.end(done).await
    }

    async fn put_consent(&self, ctx: &Context, consent: PendingConsent) -> Result<()> {
        rules::check_secret("the state of the consent", &consent.state)?;
        rules::check_secret("the verifier of the consent", &consent.verifier)?;
        let tx = self.inner.begin().await?;
        let done = tx.put_consent(ctx.tenant(), &consent).await;
        tx.end(done).await
    }

    async fn take_consent(&self, ctx: &Context, state: &Secret) -> Result<Option<PendingConsent>> {
        let tx = self.inner.begin().await?;
        let done = tx.take_consent(ctx.tenant(), state).await;
        tx.end(done).await
    }
}
