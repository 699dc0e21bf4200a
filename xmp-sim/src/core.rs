//! The running simulator: the world behind its lock, and the one way to change it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::blobs::Blobs;
use crate::call::{Call, RawCall};
use crate::clock::{SimClock, later};
use crate::faults::{FaultBoard, Lag};
use crate::journal::{self, Journal, Step};
use crate::ledger::{self, LedgerEntry};
use crate::platform::{NewAccount, qualified};
use crate::reply::{Decision, Reply};
use crate::requests::RequestLog;
use crate::world::{Change, Deferred, Kind, World};
use crate::{InstanceLimits, RateLimit, SimError, Tokens};

/// Everything that requests, the admin API and the Rust API share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) clock: SimClock,
    pub(crate) faults: FaultBoard,
    pub(crate) requests: RequestLog,
    pub(crate) settings: Settings,
    blobs: Blobs,
    secrets: Secrets,
    live: Mutex<Live>,
    tasks: Mutex<JoinSet<()>>,
    deferred: Notify,
}

#[derive(Debug)]
struct Live {
    world: World,
    record: Record,
}

/// Where steps go before they are applied.
#[derive(Debug)]
enum Record {
    Journal(Journal),
    Memory,
    /// Stopped: no further step is possible, and the home is free.
    Closed,
}

/// How the platforms behave where that is a choice. Belongs to the process, not to the world.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) access_token_ttl: Duration,
    /// How long a text stays a duplicate on X; zero: equal texts are never refused.
    pub(crate) duplicate_window: Duration,
    pub(crate) limits: Mutex<Vec<RateLimit>>,
    pub(crate) instance: InstanceLimits,
}

/// What a decision is made from.
pub(crate) struct Cx<'a> {
    pub(crate) world: &'a World,
    pub(crate) now: Timestamp,
    pub(crate) blobs: &'a Blobs,
    pub(crate) secrets: &'a Secrets,
    pub(crate) settings: &'a Settings,
    pub(crate) lag: Option<Lag>,
    /// Refusals in the old shape.
    pub(crate) legacy: bool,
}

impl Core {
    pub(crate) fn open(home: Option<&Path>, clock: SimClock, settings: Settings) -> Result<Self, SimError> {
        let mut world = World::default();
        let (record, blobs) = match home {
            None => (Record::Memory, Blobs::memory()),
            Some(home) => {
                let (journal, steps) = Journal::open(home)?;
                replay(&mut world, steps);
                (Record::Journal(journal), Blobs::folder(home)?)
            }
        };
        Ok(Self {
            clock,
            faults: FaultBoard::default(),
            requests: RequestLog::default(),
            settings,
            blobs,
            secrets: Secrets::new()?,
            live: Mutex::new(Live { world, record }),
            tasks: Mutex::default(),
            deferred: Notify::new(),
        })
    }

    /// Looks at the world.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.live().world)
    }

    /// What was really posted by now, effects included that are due but have not landed yet.
    pub(crate) fn ledger(&self) -> Vec<LedgerEntry> {
        // A stopped simulator lands nothing more, and its ledger stands as it is.
        let _ = self.land_due();
        self.read(ledger::of)
    }

    pub(crate) fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// Decides on a request and lets it take effect, in one atomic step.
    pub(crate) fn execute(
        &self,
        kind: Kind,
        call: &Call,
        lag: Option<Lag>,
        legacy: bool,
    ) -> Result<Reply, SimError> {
        let mut live = self.live();
        let now = self.clock.now();
        let decision = live.world.platform(kind).decide(&self.cx(&live.world, now, lag, legacy), call);
        self.commit(&mut live, now, decision)
    }

    /// Makes a change that no API request asks for: the builder's and the admin's.
    pub(crate) fn change(
        &self,
        decide: impl FnOnce(&World, Timestamp) -> Result<Option<Change>, SimError>,
    ) -> Result<(), SimError> {
        let mut live = self.live();
        let now = self.clock.now();
        let changes = Vec::from_iter(decide(&live.world, now)?);
        self.commit(&mut live, now, done(changes)).map(drop)
    }

    /// Creates an account, `HANDLE` or `PLATFORM:HANDLE`, unless it is there.
    pub(crate) fn ensure_account(&self, handle: &str, password: Option<&str>) -> Result<(), SimError> {
        let (kind, handle) = qualified(handle)?;
        self.change(|world, now| world.platform(kind).ensure_account(now, &NewAccount { handle, password }))
    }

    /// Does what an author does past all apps. Gives the ledger after it.
    fn elsewhere(
        &self,
        act: impl FnOnce(&World, Timestamp) -> Option<Change>,
    ) -> Result<Vec<LedgerEntry>, SimError> {
        self.change(|world, now| act(world, now).map(Some).ok_or(SimError::Missing))?;
        Ok(self.ledger())
    }

    pub(crate) fn publish_elsewhere(&self, account: &str, text: &str) -> Result<Vec<LedgerEntry>, SimError> {
        let (kind, handle) = qualified(account)?;
        self.elsewhere(|world, now| world.platform(kind).publish_elsewhere(now, handle, text))
    }

    pub(crate) fn edit_elsewhere(&self, id: &str, text: &str) -> Result<Vec<LedgerEntry>, SimError> {
        self.elsewhere(|world, now| {
            world.platforms().find_map(|(_, platform)| platform.edit_elsewhere(now, id, text))
        })
    }

    pub(crate) fn delete_elsewhere(&self, id: &str) -> Result<Vec<LedgerEntry>, SimError> {
        self.elsewhere(|world, now| {
            world.platforms().find_map(|(_, platform)| platform.delete_elsewhere(now, id))
        })
    }

    /// Issues tokens past all consent.
    pub(crate) fn issue_tokens(
        &self,
        client: &str,
        account: &str,
        scopes: &[&str],
    ) -> Result<Tokens, SimError> {
        let (kind, handle) = qualified(account)?;
        let mut live = self.live();
        let now = self.clock.now();
        let cx = self.cx(&live.world, now, None, false);
        let (tokens, change) = live.world.platform(kind).issue_tokens(&cx, client, handle, scopes)?;
        self.commit(&mut live, now, done(vec![change]))?;
        Ok(tokens)
    }

    /// Keeps a request whose effect falls due `by` later.
    pub(crate) fn defer(&self, call: &RawCall, by: Duration) -> Result<(), SimError> {
        self.change(|world, now| {
            let by = by.try_into().unwrap_or(jiff::SignedDuration::MAX);
            let id = world.queue.next_id();
            Ok(Some(Change::Deferred(Deferred { id, due: later(now, by), call: call.clone() })))
        })?;
        self.deferred.notify_one();
        Ok(())
    }

    /// Lets the deferred requests take effect that are due by now.
    pub(crate) fn land_due(&self) -> Result<(), SimError> {
        loop {
            let due =
                self.read(|world| world.queue.first().filter(|first| first.due <= self.clock.now()).cloned());
            let Some(Deferred { id, call: raw, .. }) = due else { return Ok(()) };
            let call = Call::parse(&raw);
            let mut live = self.live();
            if !live.world.queue.contains(id) {
                continue;
            }
            let now = self.clock.now();
            let platform = live.world.platform(Kind::at(raw.path()));
            let mut decision = platform.decide(&self.cx(&live.world, now, None, false), &call);
            decision.changes.push(Change::Landed { id });
            let reply = self.commit(&mut live, now, decision)?;
            tracing::info!(id, status = reply.status.as_u16(), "a late effect landed");
        }
    }

    /// Waits for late effects and lands them, until the simulator stops.
    pub(crate) async fn land_for_ever(&self) {
        loop {
            match self.read(|world| world.queue.first().map(|first| first.due)) {
                None => self.deferred.notified().await,
                Some(due) => tokio::select! {
                    () = self.clock.wait_until(due) => {}
                    () = self.deferred.notified() => {}
                },
            }
            if self.land_due().is_err() {
                return;
            }
        }
    }

    /// Runs a task that outlives the connection it came from, but not the simulator.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Ends the simulator: nothing changes any more, and the home is free for the next one.
    pub(crate) fn close(&self) {
        self.live().record = Record::Closed;
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }

    pub(crate) fn request_id(&self) -> String {
        self.secrets.digest()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn cx<'a>(&'a self, world: &'a World, now: Timestamp, lag: Option<Lag>, legacy: bool) -> Cx<'a> {
        Cx { world, now, blobs: &self.blobs, secrets: &self.secrets, settings: &self.settings, lag, legacy }
    }

    fn commit(&self, live: &mut Live, at: Timestamp, decision: Decision) -> Result<Reply, SimError> {
        let Decision { blobs, changes, reply } = decision;
        if matches!(live.record, Record::Closed) {
            return Err(SimError::Stopped);
        }
        for blob in &blobs {
            self.blobs.put(blob)?;
        }
        if changes.is_empty() {
            return Ok(reply);
        }
        let step = Step { at, changes };
        if let Record::Journal(journal) = &mut live.record {
            journal.append(&step)?;
        }
        for change in step.changes {
            live.world.apply(change);
        }
        Ok(reply)
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The world as the journal of `home` tells it, without disturbing a simulator that runs there.
pub(crate) fn read_world(home: &Path) -> Result<World, SimError> {
    let mut world = World::default();
    replay(&mut world, journal::read(home)?);
    Ok(world)
}

/// A decision that nobody waits for.
fn done(changes: Vec<Change>) -> Decision {
    Decision { blobs: Vec::new(), changes, reply: Reply::empty(StatusCode::OK) }
}

fn replay(world: &mut World, steps: Vec<Step>) {
    for change in steps.into_iter().flat_map(|step| step.changes) {
        world.apply(change);
    }
}

/// Unguessable strings: a hash of the process's seed and a counter.
#[derive(Debug)]
pub(crate) struct Secrets {
    seed: [u8; 32],
    drawn: AtomicU64,
}

impl Secrets {
    fn new() -> Result<Self, SimError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| SimError::Randomness(error.to_string()))?;
        Ok(Self { seed, drawn: AtomicU64::new(0) })
    }

    pub(crate) fn draw(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.digest())
    }

    fn digest(&self) -> [u8; 32] {
        let count = self.drawn.fetch_add(1, Ordering::Relaxed);
        Sha256::new().chain_update(self.seed).chain_update(count.to_be_bytes()).finalize().into()
    }
}
