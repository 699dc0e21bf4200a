//! The emergency stop.

use rusqlite::params;
use xmp_core::{EventKind, Result, SendingStop, StopScope};

use super::Tx;
use super::row::{Cols, all, micros, one, run};
use crate::rules::{self, Origin};

fn read(cols: &Cols<'_>) -> Result<SendingStop> {
    Ok(SendingStop {
        scope: cols.parse("scope")?,
        why: cols.get("why")?,
        actor: cols.get("actor")?,
        since: cols.time("since")?,
    })
}

impl Tx<'_> {
    pub(super) fn stops(&self) -> Result<Vec<SendingStop>> {
        all(self.conn, "stops", "SELECT scope, why, actor, since FROM stops ORDER BY scope", [], read)
    }

    pub(super) fn stop(&self, origin: &Origin, scope: StopScope, why: String) -> Result<SendingStop> {
        let sql = "SELECT scope, why, actor, since FROM stops WHERE scope = ?1";
        if let Some(stop) = one(self.conn, "stops", sql, [scope.to_string()], read)? {
            return Ok(stop);
        }
        let stop = SendingStop { scope, why, actor: origin.actor.clone(), since: self.now };
        run(
            self.conn,
            "INSERT INTO stops (scope, tenant, why, actor, since) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![stop.scope.to_string(), origin.tenant.as_str(), stop.why, stop.actor, micros(stop.since)],
        )?;
        let event = rules::stop_event(EventKind::SendingStopped, &stop.scope, &stop.why);
        self.write_events(origin, vec![event])?;
        Ok(stop)
    }

    pub(super) fn resume(&self, origin: &Origin, scope: &StopScope) -> Result<bool> {
        let sql = "DELETE FROM stops WHERE scope = ?1 RETURNING why";
        let why: Option<String> = one(self.conn, "stops", sql, [scope.to_string()], |cols| cols.get("why"))?;
        let Some(why) = why else { return Ok(false) };
        self.write_events(origin, vec![rules::stop_event(EventKind::SendingResumed, scope, &why)])?;
        Ok(true)
    }
}
