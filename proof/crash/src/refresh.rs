//! Tokens that are refreshed by many at once: no refresh token is shown twice, and a death in between is told.
//!
//! X's refresh tokens are single use: one that is shown twice is refused, which the simulator's log of requests tells.

use std::time::Duration;

use futures_util::future::join_all;
use xmp::{AccountId, AccountState, Clock, ErrorKind, EventKind, SystemClock};
use xmp_sim::{Fault, FaultKind};

use crate::orders::{Orders, Task};
use crate::plan::{Plan, PlannedAccount};
use crate::processes::{Language, Process, Programs};
use crate::stage::{Ground, Stage};
use crate::tempo::Tempo;
use crate::{Result, worker};

/// How many processes ask at once.
const PROCESSES: usize = 4;
/// How many tasks each of them has.
const TASKS: usize = 100;
/// How long access tokens live: little longer than the engine wants them to, so that each is refreshed after a second.
const TOKEN_TTL: Duration = Duration::from_secs(62);
/// How long the whole may take, in real time.
const LIMIT: Duration = Duration::from_secs(120);

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Refresh tokens that were shown.
    pub shown: usize,
    /// Those of them that were spent already.
    pub reused: usize,
}

/// What each process does: all of its tasks read the profile, and need a token for that, in one moment and again when the
/// token has ended. A task that is told that consent is needed has its answer.
///
/// # Errors
/// If the engine can't be opened, or a task fails otherwise.
pub async fn ask(orders: &Orders, account: AccountId) -> Result<()> {
    let xmp = worker::open_patiently(orders).await?;
    let clock = worker::clock(orders)?;
    for _ in 0..3 {
        for told in join_all((0..TASKS).map(async |_| xmp.x().profile(account).await)).await {
            match told {
                Err(error) if error.kind() != ErrorKind::NeedsConsent => return Err(error.into()),
                _ => {}
            }
        }
        clock.sleep(Duration::from_secs(5)).await;
    }
    Ok(())
}

async fn stage(ground: &Ground) -> Result<Stage> {
    let account = PlannedAccount { handle: "ada".to_owned(), on_absent: xmp::OnAbsent::Hold };
    let plan = Plan { token_ttl: TOKEN_TTL, ..Plan::calm(Tempo::FastClock, vec![account]) };
    Stage::set(ground, &plan).await
}

fn start(stage: &Stage, programs: &Programs) -> Result<Vec<Process>> {
    let orders = Orders { task: Task::Ask(stage.accounts[0]), ..stage.orders().clone() };
    (0..PROCESSES)
        .map(|number| {
            programs.start(Language::Rust, &orders, &stage.folder().join(format!("asks-{number}.log")))
        })
        .collect()
}

fn judged(stage: &Stage) -> Refreshed {
    let requests = stage.sim.requests();
    let shown = requests.iter().filter(|request| {
        request.route.as_deref() == Some("oauth.token") && request.body.contains("grant_type=refresh_token")
    });
    let answers: Vec<_> = shown.map(|request| request.status).collect();
    Refreshed { shown: answers.len(), reused: answers.iter().filter(|status| **status == Some(400)).count() }
}

/// Many processes with many tasks need a token again and again.
///
/// # Errors
/// If a process can't be started, or ends badly.
pub async fn at_once(ground: &Ground, programs: &Programs) -> Result<Refreshed> {
    let stage = stage(ground).await?;
    for mut process in start(&stage, programs)? {
        process.finish(LIMIT).await?;
    }
    Ok(judged(&stage))
}

/// The process that rotates the tokens is killed in the middle of it: the account needs consent, everybody is told so, and
/// the token that may be spent is not shown again.
///
/// # Errors
/// If a process can't be started, or ends badly; if nobody says that consent is needed.
pub async fn killed_inside(ground: &Ground, programs: &Programs) -> Result<Refreshed> {
    let stage = stage(ground).await?;
    // The pair is rotated, and the answer that brings it is held back for as long as it takes.
    stage.sim.set_fault(Fault::new(FaultKind::Hold { ms: 2_000 }).route("oauth.token").times(1));
    // The token is to be refreshed at once.
    stage.clock.sleep(Duration::from_secs(5)).await;
    let mut first = start(&stage, programs)?;
    while judged(&stage).shown == 0 {
        SystemClock.sleep(Duration::from_millis(5)).await;
    }
    for process in &mut first {
        process.kill().await?;
    }
    for mut process in start(&stage, programs)? {
        process.finish(LIMIT).await?;
    }
    let state = stage.xmp.accounts().get(stage.accounts[0]).await?.state;
    let events = stage.xmp.events(0, 1000).await?;
    let told = events.iter().any(|event| event.kind == EventKind::AccountNeedsConsent);
    if state != AccountState::NeedsConsent || !told {
        return Err(format!("the account is {}, and its owner was told: {told}", state.as_str()).into());
    }
    Ok(judged(&stage))
}
