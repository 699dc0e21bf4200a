//! A delivery as rows: its own, its parts', their checkpoints' and attempts'.

use rusqlite::params;
use xmp_core::step::Stepped;
use xmp_core::{
    Attempt, Checkpoint, CorrelationId, Delivery, DeliveryId, Event, LeaseRecord, Part, PartId, PublishedRef,
    RemoteId, Result, TenantId, WorkerId,
};

use super::Tx;
use super::row::{Cols, all, int, json, json_opt, micros, micros_opt, one, rank, run};
use crate::history;
use crate::rules::{self, Origin, Queue};

fn read(cols: &Cols<'_>) -> Result<Delivery> {
    let worker: Option<WorkerId> = cols.parse_opt("lease_worker")?;
    let lease = match (worker, cols.time_opt("lease_until")?) {
        (Some(worker), Some(until)) => Some(LeaseRecord { worker, until }),
        _ => None,
    };
    Ok(Delivery {
        id: cols.parse("id")?,
        tenant: cols.word("tenant")?,
        post: cols.parse("post")?,
        account: cols.parse("account")?,
        platform: cols.parse("platform")?,
        state: cols.word("state")?,
        priority: cols.priority("priority")?,
        due_at: cols.time("due_at")?,
        expires_at: cols.time_opt("expires_at")?,
        run_at: cols.time_opt("run_at")?,
        waiting: cols.get("waiting")?,
        lease,
        fence: cols.count("fence")?,
        queue: cols.parse_opt("plan")?,
        parts: Vec::new(),
    })
}

fn read_attempt(cols: &Cols<'_>) -> Result<Attempt> {
    Ok(Attempt {
        id: cols.parse("id")?,
        number: cols.count("number")?,
        fence: cols.count("fence")?,
        began_at: cols.time("began_at")?,
        since: cols.time("since")?,
        deadline: cols.time("deadline")?,
        confirm_after: cols.time("confirm_after")?,
        prepared: cols.json("prepared")?,
        outcome: cols.word_opt("outcome")?,
    })
}

fn read_checkpoint(cols: &Cols<'_>) -> Result<Checkpoint> {
    Ok(Checkpoint {
        name: cols.get("name")?,
        value: cols.get("value")?,
        expires_at: cols.time_opt("expires_at")?,
    })
}

/// A part, and the id of its current attempt.
fn read_part(cols: &Cols<'_>) -> Result<(Part, Option<String>)> {
    let remote_id: Option<RemoteId> = cols.word_opt("remote_id")?;
    let published = match remote_id {
        Some(remote_id) => {
            Some(PublishedRef { remote_id, url: cols.get("url")?, at: cols.time_opt("live_at")? })
        }
        None => None,
    };
    let part = Part {
        id: cols.parse("id")?,
        index: cols.count("place")?,
        content: cols.json("content")?,
        fingerprint: cols.parse("fingerprint")?,
        state: cols.word("state")?,
        attempts: cols.count("attempts")?,
        looks: cols.count("looks")?,
        published,
        error: cols.json_opt("error")?,
        checkpoints: Vec::new(),
        attempt: None,
    };
    Ok((part, cols.get("attempt")?))
}

impl Tx<'_> {
    pub(super) fn find_delivery(&self, tenant: &TenantId, id: DeliveryId) -> Result<Option<Delivery>> {
        let sql = "SELECT * FROM deliveries WHERE tenant = ?1 AND id = ?2";
        let found = one(self.conn, "deliveries", sql, (tenant.as_str(), id.to_string()), read)?;
        found.map(|delivery| self.with_parts(delivery)).transpose()
    }

    pub(super) fn delivery(&self, tenant: &TenantId, id: DeliveryId) -> Result<Delivery> {
        self.find_delivery(tenant, id)?.ok_or_else(|| rules::no_delivery(id))
    }

    /// The deliveries of a post, in their order.
    pub(super) fn deliveries(&self, tenant: &TenantId, post: &str) -> Result<Vec<Delivery>> {
        let sql = "SELECT * FROM deliveries WHERE tenant = ?1 AND post = ?2 ORDER BY place";
        let found = all(self.conn, "deliveries", sql, (tenant.as_str(), post), read)?;
        found.into_iter().map(|delivery| self.with_parts(delivery)).collect()
    }

    fn with_parts(&self, mut delivery: Delivery) -> Result<Delivery> {
        let tenant = delivery.tenant.as_str();
        let sql = "SELECT * FROM parts WHERE tenant = ?1 AND delivery = ?2 ORDER BY place";
        let parts = all(self.conn, "parts", sql, (tenant, delivery.id.to_string()), read_part)?;
        for (mut part, attempt) in parts {
            let sql = "SELECT * FROM checkpoints WHERE tenant = ?1 AND part = ?2 ORDER BY place";
            part.checkpoints =
                all(self.conn, "checkpoints", sql, (tenant, part.id.to_string()), read_checkpoint)?;
            if let Some(attempt) = attempt {
                let sql = "SELECT * FROM attempts WHERE tenant = ?1 AND id = ?2";
                part.attempt = one(self.conn, "attempts", sql, (tenant, attempt), read_attempt)?;
            }
            delivery.parts.push(part);
        }
        Ok(delivery)
    }

    /// What ties a delivery to the call that scheduled it.
    pub(super) fn worker_origin(&self, delivery: &Delivery) -> Result<Origin> {
        let found: Option<CorrelationId> = one(
            self.conn,
            "posts",
            "SELECT correlation_id FROM posts WHERE tenant = ?1 AND id = ?2",
            (delivery.tenant.as_str(), delivery.post.to_string()),
            |cols| cols.parse("correlation_id"),
        )?;
        let correlation = found.ok_or_else(|| rules::no_post(delivery.post))?;
        Ok(Origin::worker(&delivery.tenant, correlation))
    }

    /// Refuses a remote id that another part of the account has.
    pub(super) fn check_owner(&self, delivery: &Delivery, part: PartId, id: &RemoteId) -> Result<()> {
        let owner = one(
            self.conn,
            "parts",
            "SELECT delivery FROM parts WHERE tenant = ?1 AND account = ?2 AND remote_id = ?3 AND id <> ?4
             UNION ALL SELECT delivery FROM forgotten WHERE tenant = ?1 AND account = ?2 AND remote_id = ?3",
            (delivery.tenant.as_str(), delivery.account.to_string(), id.as_str(), part.to_string()),
            |cols| cols.parse("delivery"),
        )?;
        owner.map_or(Ok(()), |owner| Err(rules::remote_id_taken(id, owner)))
    }

    /// Keeps what a step has made of a delivery, with its events and its block.
    pub(super) fn keep(
        &self,
        before: &Delivery,
        mut after: Delivery,
        stepped: Stepped,
        origin: &Origin,
    ) -> Result<(Delivery, Vec<Event>)> {
        rules::cut_delivery(&mut after);
        self.update_delivery(before, &after)?;
        let worker = after.lease.or(before.lease).map(|lease| lease.worker.to_string());
        for (old, new) in before.parts.iter().zip(&after.parts) {
            if old != new {
                self.update_part(&after, old, new, worker.as_deref())?;
            }
        }
        if let Some(block) = &stepped.block {
            let mut account = self.account(&after.tenant, after.account)?;
            account.blocked_until = Some(rules::blocked(account.blocked_until, block));
            self.save_account(&account)?;
        }
        let events = self.write_events(origin, stepped.events)?;
        self.kept.note(&after, origin);
        Ok((after, events))
    }

    fn update_delivery(&self, before: &Delivery, after: &Delivery) -> Result<()> {
        run(
            self.conn,
            "UPDATE deliveries SET state = ?3, due_at = ?4, run_at = ?5, queue = ?6, waiting = ?7,
                 lease_worker = ?8, lease_until = ?9, fence = ?10,
                 lease_granted_at = CASE WHEN ?9 IS NULL THEN NULL WHEN ?11 THEN ?12
                     ELSE lease_granted_at END,
                 expires_at = ?13, sent_at = ?14, settled_at = CASE WHEN ?15 THEN coalesce(settled_at, ?12) END
             WHERE tenant = ?1 AND id = ?2",
            params![
                after.tenant.as_str(),
                after.id.to_string(),
                after.state.as_str(),
                micros(after.due_at),
                micros_opt(after.run_at),
                Queue::of(after).map(Queue::as_str),
                after.waiting,
                after.lease.map(|lease| lease.worker.to_string()),
                after.lease.map(|lease| micros(lease.until)),
                int(after.fence),
                before.lease != after.lease,
                micros(self.now),
                micros_opt(after.expires_at),
                micros_opt(after.sent_at()),
                after.state.is_final(),
            ],
        )?;
        Ok(())
    }

    /// Puts a new delivery in its place.
    pub(super) fn insert_delivery(&self, delivery: &Delivery, place: usize) -> Result<()> {
        run(
            self.conn,
            "INSERT INTO deliveries (tenant, id, post, place, account, platform, state, priority, due_at, run_at,
                 queue, waiting, fence, expires_at, plan)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            params![
                delivery.tenant.as_str(),
                delivery.id.to_string(),
                delivery.post.to_string(),
                int(place as u64),
                delivery.account.to_string(),
                delivery.platform.as_str(),
                delivery.state.as_str(),
                rank(delivery.priority),
                micros(delivery.due_at),
                micros_opt(delivery.run_at),
                Queue::of(delivery).map(Queue::as_str),
                delivery.waiting,
                int(delivery.fence),
                micros_opt(delivery.expires_at),
                delivery.queue.map(|queue| queue.to_string()),
            ],
        )?;
        delivery.parts.iter().try_for_each(|part| self.insert_part(delivery, part))
    }

    /// Puts a new part in its place: nothing has happened to it.
    pub(super) fn insert_part(&self, delivery: &Delivery, part: &Part) -> Result<()> {
        run(
            self.conn,
            "INSERT INTO parts (tenant, id, delivery, account, place, content, fingerprint, state, attempts,
                 looks, unresolved)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                delivery.tenant.as_str(),
                part.id.to_string(),
                delivery.id.to_string(),
                delivery.account.to_string(),
                part.index,
                json(&part.content)?,
                part.fingerprint.to_string(),
                part.state.as_str(),
                part.attempts,
                part.looks,
                part.state.is_unresolved(),
            ],
        )?;
        Ok(())
    }

    fn update_part(
        &self,
        delivery: &Delivery,
        before: &Part,
        part: &Part,
        worker: Option<&str>,
    ) -> Result<()> {
        let published = part.published.as_ref();
        let since = published.map(|published| published.at.map_or(self.now, |at| at.max(self.now)));
        // Only a part that was edited, or has learned what it answers, says something new.
        let content = (before.content != part.content).then(|| json(&part.content)).transpose()?;
        run(
            self.conn,
            "UPDATE parts SET state = ?3, attempts = ?4, looks = ?5, remote_id = ?6, url = ?7, live_at = ?8,
                 owned_since = coalesce(owned_since, ?9), error = ?10, attempt = ?11, unresolved = ?12,
                 content = coalesce(?13, content), fingerprint = coalesce(?14, fingerprint)
             WHERE tenant = ?1 AND id = ?2",
            params![
                delivery.tenant.as_str(),
                part.id.to_string(),
                part.state.as_str(),
                part.attempts,
                part.looks,
                published.map(|published| published.remote_id.as_str()),
                published.and_then(|published| published.url.as_deref()),
                micros_opt(published.and_then(|published| published.at)),
                micros_opt(since),
                json_opt(part.error.as_ref())?,
                part.attempt.as_ref().map(|attempt| attempt.id.to_string()),
                part.state.is_unresolved(),
                content,
                (before.fingerprint != part.fingerprint).then(|| part.fingerprint.to_string()),
            ],
        )?;
        if before.checkpoints != part.checkpoints {
            self.save_checkpoints(&delivery.tenant, &before.checkpoints, part, worker)?;
        }
        match &part.attempt {
            Some(attempt) if before.attempt.as_ref() != Some(attempt) => {
                self.save_attempt(delivery, before.attempt.as_ref(), part, attempt, worker)
            }
            _ => Ok(()),
        }
    }

    fn save_checkpoints(
        &self,
        tenant: &TenantId,
        before: &[Checkpoint],
        part: &Part,
        worker: Option<&str>,
    ) -> Result<()> {
        let kept = |old: &&Checkpoint| part.checkpoints.iter().any(|checkpoint| checkpoint.name == old.name);
        for old in before.iter().filter(|old| !kept(old)) {
            run(
                self.conn,
                "DELETE FROM checkpoints WHERE tenant = ?1 AND part = ?2 AND name = ?3",
                params![tenant.as_str(), part.id.to_string(), old.name],
            )?;
        }
        for (place, checkpoint) in part.checkpoints.iter().enumerate() {
            run(
                self.conn,
                "INSERT INTO checkpoints (tenant, part, name, place, value, expires_at, owner, kept_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (tenant, part, name) DO UPDATE SET place = excluded.place,
                     owner = CASE WHEN value = excluded.value THEN owner ELSE excluded.owner END,
                     kept_at = CASE WHEN value = excluded.value THEN kept_at ELSE excluded.kept_at END,
                     value = excluded.value, expires_at = excluded.expires_at",
                params![
                    tenant.as_str(),
                    part.id.to_string(),
                    checkpoint.name,
                    int(place as u64),
                    checkpoint.value,
                    micros_opt(checkpoint.expires_at),
                    worker,
                    micros(self.now),
                ],
            )?;
        }
        Ok(())
    }

    /// The intent is written once; afterwards only what came of it.
    fn save_attempt(
        &self,
        delivery: &Delivery,
        before: Option<&Attempt>,
        part: &Part,
        attempt: &Attempt,
        worker: Option<&str>,
    ) -> Result<()> {
        let (tenant, id) = (delivery.tenant.as_str(), attempt.id.to_string());
        if before.is_some_and(|before| before.id == attempt.id) {
            let outcome = attempt.outcome.map(xmp_core::Certainty::as_str);
            let (code, why) = history::ending(delivery, part);
            run(
                self.conn,
                "UPDATE attempts SET since = ?3, outcome = ?4, outcome_at = ?5, code = ?6, why = ?7
                 WHERE tenant = ?1 AND id = ?2",
                params![tenant, id, micros(attempt.since), outcome, micros(self.now), code, why],
            )?;
            return Ok(());
        }
        run(
            self.conn,
            "INSERT INTO attempts (tenant, id, part, delivery, account, worker, number, fence, began_at, since,
                 deadline, confirm_after, prepared, outcome)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                tenant,
                id,
                part.id.to_string(),
                delivery.id.to_string(),
                delivery.account.to_string(),
                worker,
                attempt.number,
                int(attempt.fence),
                micros(attempt.began_at),
                micros(attempt.since),
                micros(attempt.deadline),
                micros(attempt.confirm_after),
                json(&attempt.prepared)?,
                attempt.outcome.map(xmp_core::Certainty::as_str),
            ],
        )?;
        Ok(())
    }
}
