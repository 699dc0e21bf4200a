//! Accounts and consents.

use async_trait::async_trait;
use rusqlite::params;
use xmp_core::{
    Account, AccountId, AccountState, AccountStore, Context, NewAccount, PendingConsent, Result, Secret,
    SecretKey, Spacing, TenantId,
};

use super::row::{Cols, all, json, micros, micros_opt, one, run, word};
use super::{SqliteStore, Tx};
use crate::rules::{self, Origin};
use crate::seal::{SealName, digest};
use crate::time::{between, later};

const TABLE: &str = "accounts";

fn read(cols: &Cols<'_>) -> Result<Account> {
    Ok(Account {
        id: cols.parse("id")?,
        tenant: cols.word("tenant")?,
        platform: cols.parse("platform")?,
        app: cols.get("app")?,
        remote_id: cols.word("remote_id")?,
        handle: cols.get("handle")?,
        state: cols.word("state")?,
        scopes: cols.json("scopes")?,
        on_absent: cols.word("on_absent")?,
        blocked_until: cols.time_opt("blocked_until")?,
        spacing: cols.json("spacing")?,
        paced_until: cols.time_opt("paced_until")?,
        created_at: cols.time("created_at")?,
    })
}

impl Tx<'_> {
    pub(super) fn find_account(&self, tenant: &TenantId, id: AccountId) -> Result<Option<Account>> {
        one(
            self.conn,
            TABLE,
            "SELECT * FROM accounts WHERE tenant = ?1 AND id = ?2",
            (tenant.as_str(), id.to_string()),
            read,
        )
    }

    pub(super) fn account(&self, tenant: &TenantId, id: AccountId) -> Result<Account> {
        self.find_account(tenant, id)?.ok_or_else(|| rules::no_account(id))
    }

    pub(super) fn account_state(&self, tenant: &TenantId, id: AccountId) -> Result<AccountState> {
        let sql = "SELECT state FROM accounts WHERE tenant = ?1 AND id = ?2";
        let found = one(self.conn, TABLE, sql, (tenant.as_str(), id.to_string()), |cols| cols.word("state"))?;
        found.ok_or_else(|| rules::no_account(id))
    }

    pub(super) fn save_account(&self, account: &Account) -> Result<()> {
        run(
            self.conn,
            "INSERT INTO accounts (tenant, id, platform, app, remote_id, handle, state, scopes, on_absent,
                 blocked_until, created_at, spacing, paced_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (tenant, id) DO UPDATE SET handle = excluded.handle, state = excluded.state,
                 scopes = excluded.scopes, on_absent = excluded.on_absent,
                 blocked_until = excluded.blocked_until, spacing = excluded.spacing,
                 paced_until = excluded.paced_until",
            params![
                account.tenant.as_str(),
                account.id.to_string(),
                account.platform.as_str(),
                account.app,
                account.remote_id.as_str(),
                account.handle,
                account.state.as_str(),
                json(&account.scopes)?,
                word(&account.on_absent)?,
                micros_opt(account.blocked_until),
                micros(account.created_at),
                json(&account.spacing)?,
                micros_opt(account.paced_until),
            ],
        )?;
        Ok(())
    }

    fn connect(&self, origin: &Origin, new: NewAccount, tokens: &Secret) -> Result<Account> {
        let existing = one(
            self.conn,
            TABLE,
            "SELECT * FROM accounts WHERE tenant = ?1 AND platform = ?2 AND app = ?3 AND remote_id = ?4",
            (origin.tenant.as_str(), new.platform.as_str(), &new.app, new.remote_id.as_str()),
            read,
        )?;
        let (account, event) = rules::connected(&origin.tenant, existing, new, self.now);
        self.save_account(&account)?;
        self.set_secret(&origin.tenant, &SecretKey { account: account.id, field: rules::TOKENS }, tokens)?;
        self.write_events(origin, vec![event])?;
        Ok(account)
    }

    fn set_spacing(&self, origin: &Origin, id: AccountId, spacing: Spacing) -> Result<Account> {
        let mut account = self.account(&origin.tenant, id)?;
        if let Some(event) = rules::spaced(&mut account, spacing) {
            self.save_account(&account)?;
            self.write_events(origin, vec![event])?;
        }
        Ok(account)
    }

    fn set_state(&self, origin: &Origin, id: AccountId, to: AccountState, why: &str) -> Result<Account> {
        let mut account = self.account(&origin.tenant, id)?;
        if account.state != to {
            let events = rules::state_events(id, account.state, to, why);
            rules::set_state(&mut account, to);
            self.save_account(&account)?;
            self.write_events(origin, events)?;
        }
        Ok(account)
    }

    fn put_consent(&self, tenant: &TenantId, consent: &PendingConsent) -> Result<()> {
        run(self.conn, "DELETE FROM consents WHERE expires_at <= ?1", [micros(self.now)])?;
        let digest = digest(&consent.state);
        let sealed = self.keyring.seal(&SealName::consent(tenant, &digest), &consent.verifier)?;
        let kept = run(
            self.conn,
            "INSERT INTO consents (tenant, digest, platform, app, redirect_uri, key_id, verifier, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
            params![
                tenant.as_str(),
                digest,
                consent.platform.as_str(),
                consent.app,
                consent.redirect_uri,
                self.keyring.current_id(),
                sealed,
                micros(later(self.now, consent.expires_in)),
            ],
        )?;
        if kept == 0 { Err(rules::consent_twice()) } else { Ok(()) }
    }

    fn take_consent(&self, tenant: &TenantId, state: Secret) -> Result<Option<PendingConsent>> {
        let digest = digest(&state);
        let found = one(
            self.conn,
            "consents",
            "DELETE FROM consents WHERE tenant = ?1 AND digest = ?2
             RETURNING platform, app, redirect_uri, verifier, expires_at",
            (tenant.as_str(), &digest),
            |cols| {
                Ok((
                    cols.parse("platform")?,
                    cols.get("app")?,
                    cols.get("redirect_uri")?,
                    cols.get::<Vec<u8>>("verifier")?,
                    cols.time("expires_at")?,
                ))
            },
        )?;
        let Some((platform, app, redirect_uri, sealed, expires)) = found.filter(|found| found.4 > self.now)
        else {
            return Ok(None);
        };
        let verifier = self.keyring.open(&SealName::consent(tenant, &digest), &sealed)?;
        let expires_in = between(self.now, expires);
        Ok(Some(PendingConsent { state, verifier, platform, app, redirect_uri, expires_in }))
    }
}

#[async_trait]
impl AccountStore for SqliteStore {
    async fn connect(&self, ctx: &Context, new: NewAccount, tokens: Secret) -> Result<Account> {
        rules::check_secret("the token set", &tokens)?;
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.connect(&origin, new, &tokens)).await
    }

    async fn account(&self, ctx: &Context, id: AccountId) -> Result<Account> {
        let tenant = ctx.tenant().clone();
        self.read(move |tx| tx.account(&tenant, id)).await
    }

    async fn accounts(&self, ctx: &Context) -> Result<Vec<Account>> {
        let tenant = ctx.tenant().clone();
        let sql = "SELECT * FROM accounts WHERE tenant = ?1 ORDER BY created_at, id";
        self.read(move |tx| all(tx.conn, TABLE, sql, [tenant.as_str()], read)).await
    }

    async fn set_spacing(&self, ctx: &Context, id: AccountId, spacing: Spacing) -> Result<Account> {
        spacing.check()?;
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.set_spacing(&origin, id, spacing)).await
    }

    async fn set_account_state(
        &self,
        ctx: &Context,
        id: AccountId,
        state: AccountState,
        why: &str,
    ) -> Result<Account> {
        let (origin, why) = (Origin::call(ctx), why.to_owned());
        self.write(move |tx| tx.set_state(&origin, id, state, &why)).await
    }

    async fn needs_consent(&self, ctx: &Context, id: AccountId, version: u64, why: &str) -> Result<bool> {
        let (origin, why) = (Origin::call(ctx), why.to_owned());
        self.write(move |tx| {
            let key = SecretKey { account: id, field: rules::TOKENS };
            let same = tx.secret_version(&origin.tenant, &key)? == version;
            if same {
                tx.set_state(&origin, id, AccountState::NeedsConsent, &why)?;
            }
            Ok(same)
        })
        .await
    }

    async fn put_consent(&self, ctx: &Context, consent: PendingConsent) -> Result<()> {
        rules::check_secret("the state of the consent", &consent.state)?;
        rules::check_secret("the verifier of the consent", &consent.verifier)?;
        let tenant = ctx.tenant().clone();
        self.write(move |tx| tx.put_consent(&tenant, &consent)).await
    }

    async fn take_consent(&self, ctx: &Context, state: &Secret) -> Result<Option<PendingConsent>> {
        let (tenant, state) = (ctx.tenant().clone(), state.clone());
        self.write(move |tx| tx.take_consent(&tenant, state)).await
    }
}
