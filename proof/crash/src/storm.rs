//! One round: the storm, the calm after it, and the evidence.

use std::time::Duration;

use fastrand::Rng;
use futures_util::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use xmp::{Clock, Draft, ErrorKind, Event, PartDraft, PlatformId, PostView, StopScope, SystemClock, When};
use xmp_core::Monotonic;
use xmp_sim::{LedgerEntry, RecordedRequest};

use crate::Result;
use crate::plan::{Act, Life, Plan};
use crate::processes::{Hits, Language, Process, Programs};
use crate::profile::Profile;
use crate::stage::{Ground, Stage};
use crate::verdict::{Evidence, Verdict};

/// For how long nothing may happen after the storm before what is not settled counts as stuck, in the platforms' time. No
/// wait of the engine is longer, but for constants that rounds with shorter windows meet in full.
const QUIET: Duration = Duration::from_secs(1800);
/// How long the workers are left alone at most, however much happens.
const CALM: Duration = Duration::from_secs(4 * 3600);
/// How often the owners see whether their accounts need them, and how often the judge looks, in the platforms' time.
const GLANCE: Duration = Duration::from_secs(10);

/// What is stopped in the middle of it.
const STOPPED: StopScope = StopScope::Platform(PlatformId::X);

/// What a round has shown.
#[derive(Debug)]
pub struct Round {
    /// How it was planned.
    pub plan: Plan,
    /// The judgement.
    pub verdict: Verdict,
    /// How often workers were hit.
    pub hits: Hits,
    /// How often an owner had to connect an account again.
    pub reconnected: usize,
    /// The posts as the store has them, in the plan's order.
    pub posts: Vec<Option<PostView>>,
    /// What was really posted.
    pub ledger: Vec<LedgerEntry>,
    /// What the platforms were asked.
    pub requests: Vec<RecordedRequest>,
    /// What the store says has happened.
    pub events: Vec<Event>,
    /// Where it took place.
    pub stage: Stage,
}

/// Plays a round.
///
/// # Errors
/// If something stands in the way of playing it; what it shows is no error.
pub async fn play(
    ground: &Ground,
    profile: &Profile,
    programs: &Programs,
    mut rng: Rng,
    mixed: bool,
) -> Result<Round> {
    let plan = Plan::draw(profile, &mut rng, mixed);
    let stage = Stage::set(ground, &plan).await?;
    let start = SystemClock.monotonic();
    let lives = (0..plan.crew.len()).map(|slot| {
        let rng = rng.fork();
        live(slot, &plan, &stage, profile, programs, rng, start)
    });
    let lives: Vec<_> = lives.collect();
    let (acts, owners, hits) =
        tokio::join!(act(&plan, &stage, start), own(&plan, &stage, start), at_once(lives));
    let (jumps, reconnected, hits) = (acts?, owners?, hits?);
    let mut round = Round {
        verdict: Verdict::default(),
        hits,
        reconnected,
        posts: Vec::new(),
        ledger: Vec::new(),
        requests: Vec::new(),
        events: Vec::new(),
        stage,
        plan,
    };
    round.calm(programs, &jumps).await?;
    round.read().await?;
    round.verdict = round.evidence(&jumps).judge();
    Ok(round)
}

/// How much of a storm is over, in the platforms' time.
fn over(start: Monotonic, plan: &Plan) -> Duration {
    let real = SystemClock.monotonic().since(start);
    // `real` of a second is what a second lasts here.
    real.mul_f64(1.0 / plan.tempo.real(Duration::from_secs(1)).as_secs_f64())
}

async fn at_once(lives: Vec<impl Future<Output = Result<Hits>>>) -> Result<Hits> {
    let mut hits = Hits::default();
    for one in futures_util::future::join_all(lives).await {
        let one = one?;
        hits.kills += one.kills;
        hits.stops += one.stops;
    }
    Ok(hits)
}

/// One worker after another, each killed in the end, until the storm is over.
async fn live(
    slot: usize,
    plan: &Plan,
    stage: &Stage,
    profile: &Profile,
    programs: &Programs,
    mut rng: Rng,
    start: Monotonic,
) -> Result<Hits> {
    let (language, mut hits) = (plan.crew[slot], Hits::default());
    while over(start, plan) < plan.storm {
        let life = Life::draw(profile, &mut rng, slot, language, plan.gate_nap);
        let mut worker = started(stage, programs, language, slot, life.trap)?;
        hits.stops += u64::from(worker.live(&life, plan.tempo).await?);
        hits.kills += 1;
    }
    Ok(hits)
}

fn started(
    stage: &Stage,
    programs: &Programs,
    language: Language,
    slot: usize,
    trap: Option<crate::trap::Trap>,
) -> Result<Process> {
    let orders = crate::orders::Orders { trap, ..stage.orders().clone() };
    programs.start(language, &orders, &stage.folder().join(format!("worker-{slot}.log")))
}

/// Does what the plan says, when it says so. Gives the moments at which the hosts' clock was set forward.
async fn act(plan: &Plan, stage: &Stage, start: Monotonic) -> Result<Vec<Timestamp>> {
    let mut jumps = Vec::new();
    let (mut offset, mut scheduled) = (0, vec![None; plan.posts.len()]);
    let began = stage.clock.now();
    for (at, act) in &plan.acts {
        SystemClock.sleep(plan.tempo.real(at.saturating_sub(over(start, plan)))).await;
        let posts = stage.xmp.posts();
        match act {
            Act::Fault(fault) => stage.sim.set_fault(fault.clone()),
            Act::Schedule(index) => scheduled[*index] = Some(schedule(plan, stage, *index, began).await?),
            Act::Cancel(index) => {
                if let Some(id) = scheduled[*index] {
                    possibly(posts.cancel(id).await)?;
                }
            }
            Act::Reschedule(index, by) => {
                if let Some(id) = scheduled[*index] {
                    let when = When::At(stage.clock.now() + plan.tempo.on_clock(*by));
                    possibly(posts.reschedule(id, &when).await)?;
                }
            }
            Act::Pause(account) => {
                possibly(stage.xmp.accounts().pause(stage.accounts[*account], "the storm").await)?;
            }
            Act::Resume(account) => possibly(stage.xmp.accounts().resume(stage.accounts[*account]).await)?,
            Act::Stop => possibly(stage.xmp.stop_sending(STOPPED, "the storm").await)?,
            Act::GoOn => possibly(stage.xmp.resume_sending(STOPPED).await)?,
            Act::Restart(crash) => stage.restart_server(*crash).await?,
            Act::Step(seconds) => {
                if *seconds > offset {
                    jumps.push(stage.clock.unstepped());
                }
                offset = *seconds;
                stage.clock.step_to(SignedDuration::from_secs(offset))?;
            }
        }
    }
    Ok(jumps)
}

/// What people ask for may be refused, and the store may be held by a process that is stopped.
fn possibly<T>(asked: xmp::Result<T>) -> Result<()> {
    match asked {
        Err(error)
            if !matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Storage | ErrorKind::Validation) =>
        {
            Err(error.into())
        }
        _ => Ok(()),
    }
}

/// Schedules a post, however often it takes: a call under a key may be repeated.
async fn schedule(plan: &Plan, stage: &Stage, index: usize, began: Timestamp) -> Result<xmp::PostId> {
    let planned = &plan.posts[index];
    let due = began + plan.tempo.on_clock(planned.due);
    let mut draft = Draft {
        parts: planned.texts.iter().map(PartDraft::text).collect(),
        accounts: planned.accounts.iter().map(|account| stage.accounts[*account]).collect(),
        when: When::At(due),
        expires: planned.expires.map(|expires| When::At(began + plan.tempo.on_clock(expires))),
        priority: planned.priority,
        ..Draft::default()
    };
    loop {
        let now = stage.clock.now();
        if due <= now {
            draft.when = When::Now;
        }
        // What nobody could schedule in time is scheduled for as long as it takes.
        draft.expires.take_if(|when| matches!(when, When::At(end) if *end <= now));
        match stage.xmp.posts().schedule(&draft, &planned.key).await {
            Ok(view) => return Ok(view.post.id),
            Err(error) if error.kind() == ErrorKind::Storage || error.code().ends_with(".past") => {}
            // It was stored, and the answer was lost; meanwhile it is due.
            Err(error) if error.kind() == ErrorKind::Conflict => {
                match stage.xmp.posts().find(&planned.key).await {
                    Ok(found) => return Ok(found.ok_or(error)?.post.id),
                    Err(error) if error.kind() == ErrorKind::Storage => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The owners of accounts that need consent connect them again.
async fn own(plan: &Plan, stage: &Stage, start: Monotonic) -> Result<usize> {
    let mut reconnected = 0;
    while over(start, plan) < plan.storm {
        SystemClock.sleep(plan.tempo.real(GLANCE)).await;
        // The store is held by a process that is stopped, or the platform has an accident: another time.
        reconnected += stage.reconnect().await.unwrap_or_default();
    }
    Ok(reconnected)
}

impl Round {
    /// Leaves three workers alone until nothing is left to do.
    async fn calm(&mut self, programs: &Programs, jumps: &[Timestamp]) -> Result<()> {
        let lag = self.stage.sim.faults().into_iter().find(|fault| fault.times.is_none());
        self.stage.sim.clear_faults();
        if let Some(lag) = lag {
            self.stage.sim.set_fault(lag);
        }
        for account in &self.stage.accounts {
            possibly(self.stage.xmp.accounts().resume(*account).await)?;
        }
        self.stage.xmp.resume_sending(STOPPED).await?;
        let crew = self.plan.crew.iter().enumerate().take(3);
        let mut crew = crew
            .map(|(slot, language)| started(&self.stage, programs, *language, slot, None))
            .collect::<Result<Vec<_>>>()?;
        let start = SystemClock.monotonic();
        let mut quiet_since = start;
        while over(start, &self.plan) < CALM && over(quiet_since, &self.plan) < QUIET {
            SystemClock.sleep(self.plan.tempo.real(GLANCE)).await;
            self.reconnected += self.stage.reconnect().await.unwrap_or_default();
            if self.read().await? {
                quiet_since = SystemClock.monotonic();
            }
            if self.evidence(jumps).is_settled() {
                break;
            }
        }
        for worker in &mut crew {
            worker.kill().await?;
        }
        Ok(())
    }

    /// Reads everything again. Whether something has happened since.
    async fn read(&mut self) -> Result<bool> {
        let after = self.events.last().map_or(0, |last| last.sequence);
        let news: Vec<_> = self.stage.xmp.stream_events(after).try_collect().await?;
        let is_news = !news.is_empty();
        self.events.extend(news);
        let mut posts = Vec::with_capacity(self.plan.posts.len());
        for planned in &self.plan.posts {
            posts.push(self.stage.xmp.posts().find(&planned.key).await?);
        }
        self.posts = posts;
        self.ledger = self.stage.sim.ledger();
        self.requests = self.stage.sim.requests();
        Ok(is_news)
    }

    fn evidence<'a>(&'a self, jumps: &'a [Timestamp]) -> Evidence<'a> {
        Evidence {
            plan: &self.plan,
            accounts: &self.stage.accounts,
            posts: &self.posts,
            ledger: &self.ledger,
            requests: &self.requests,
            events: &self.events,
            jumps,
        }
    }
}
