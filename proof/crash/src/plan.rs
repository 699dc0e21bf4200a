//! What happens in a round: drawn from the seed before it begins.

use std::time::Duration;

use fastrand::Rng;
use xmp::{OnAbsent, Priority};
use xmp_sim::{Fault, FaultKind};

use crate::processes::Language;
use crate::profile::{Mishap, Profile, weighted};
use crate::tempo::Tempo;
use crate::trap::{Hit, Point, Trap};

/// How long after its deadline an attempt's effect may be hidden altogether: by a late effect, a stop between the last
/// look at the deadline and the last byte, and a lagging timeline. X settles within 60 s; the rest is for the machine.
const HIDDEN: u64 = 52;

/// An account of a round.
#[derive(Clone, Debug)]
pub struct PlannedAccount {
    /// As the simulator names it: `ada-1`, `bluesky:ada-7.test`.
    pub handle: String,
    /// What becomes of posts that are not found.
    pub on_absent: OnAbsent,
}

impl PlannedAccount {
    /// Whether it is on Bluesky: else on X.
    #[must_use]
    pub fn is_bluesky(&self) -> bool {
        self.handle.starts_with("bluesky:")
    }
}

/// A post of a round.
#[derive(Clone, Debug)]
pub struct PlannedPost {
    /// The caller's key.
    pub key: String,
    /// The texts of its parts.
    pub texts: Vec<String>,
    /// The accounts that it goes to, by their index.
    pub accounts: Vec<usize>,
    /// When it is scheduled, from the beginning.
    pub made: Duration,
    /// When it is due, from the beginning; at once, if that is over by then.
    pub due: Duration,
    /// When it is no longer to be sent, from the beginning.
    pub expires: Option<Duration>,
    /// Who goes first.
    pub priority: Priority,
}

/// What somebody does in the middle of it.
#[derive(Clone, Debug)]
pub enum Act {
    /// Sets a fault.
    Fault(Fault),
    /// Schedules a post.
    Schedule(usize),
    /// Cancels a post, if that is still possible.
    Cancel(usize),
    /// Gives a post another time, so much later, if that is still possible.
    Reschedule(usize, Duration),
    /// Pauses an account.
    Pause(usize),
    /// Resumes it.
    Resume(usize),
    /// Stops all sending to X.
    Stop,
    /// Lets it go on.
    GoOn,
    /// Restarts the database's server; as in a crash, if true.
    Restart(bool),
    /// Sets the hosts' clock so many seconds ahead of the platforms', or behind.
    Step(i64),
}

/// A round.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How it is made short.
    pub tempo: Tempo,
    /// How long the storm lasts, in the platforms' time.
    pub storm: Duration,
    /// What the workers are written in.
    pub crew: Vec<Language>,
    /// The accounts.
    pub accounts: Vec<PlannedAccount>,
    /// The posts.
    pub posts: Vec<PlannedPost>,
    /// What happens, in order, from the beginning.
    pub acts: Vec<(Duration, Act)>,
    /// How long X refuses equal texts: zero for never, so that whatever is sent twice appears twice.
    pub duplicates: Duration,
    /// How long access tokens live.
    pub token_ttl: Duration,
    /// How long timelines hide posts.
    pub lag: Duration,
    /// The least time from one post to the next, on the first account.
    pub spacing: Option<Duration>,
    /// How many looks must all see nothing before a post counts as absent.
    pub looks: u32,
    /// The longest stop between the deadline's check and the last byte.
    pub gate_nap: u64,
}

impl Plan {
    /// A round in which nothing happens.
    #[must_use]
    pub fn calm(tempo: Tempo, accounts: Vec<PlannedAccount>) -> Self {
        Self {
            tempo,
            storm: Duration::ZERO,
            crew: Vec::new(),
            accounts,
            posts: Vec::new(),
            acts: Vec::new(),
            duplicates: Duration::ZERO,
            token_ttl: Duration::from_secs(7200),
            lag: Duration::ZERO,
            spacing: None,
            looks: 3,
            gate_nap: 0,
        }
    }

    /// Draws a round.
    #[must_use]
    pub fn draw(profile: &Profile, rng: &mut Rng, mixed: bool) -> Self {
        let tempo = if mixed { Tempo::ShortWindows } else { Tempo::FastClock };
        let crew = match mixed {
            true => vec![Language::Rust, Language::Python, Language::Node],
            false => vec![Language::Rust; profile.crew.0],
        };
        let lag = profile.lag.unwrap_or_else(|| rng.u64(0..=HIDDEN));
        let late = rng.u64(0..=HIDDEN.saturating_sub(lag));
        let gate_nap = HIDDEN.saturating_sub(lag + late);
        let accounts = accounts(profile, rng);
        let storm = Duration::from_secs(profile.storm);
        let posts: Vec<_> =
            (0..profile.posts).map(|number| post(rng, number, accounts.len(), storm)).collect();
        let mut acts: Vec<_> =
            posts.iter().enumerate().map(|(index, post)| (post.made, Act::Schedule(index))).collect();
        for post in &posts {
            for _ in 0..profile.faults / 100 + u32::from(rng.u32(0..100) < profile.faults % 100) {
                let mishap = weighted(rng, profile.mishaps, Mishap::CutAfter);
                // Some seconds before, so that it meets this post, or another one that is about to be sent.
                let at = post.due.saturating_sub(Duration::from_secs(rng.u64(0..10)));
                acts.push((at, Act::Fault(fault(rng, tempo, mishap, late))));
            }
        }
        if profile.turmoil {
            turmoil(rng, &posts, accounts.len(), (storm, mixed), &mut acts);
        }
        acts.sort_by_key(|(at, _)| *at);
        Self {
            tempo,
            storm,
            crew,
            accounts,
            posts,
            acts,
            duplicates: Duration::from_secs(if profile.turmoil && rng.u32(0..4) == 0 { 3600 } else { 0 }),
            // Clocks that are not faster would wait for the constants of the refresh, a minute each.
            token_ttl: Duration::from_secs(if profile.turmoil && !mixed { 150 } else { 7200 }),
            lag: Duration::from_secs(lag),
            looks: profile.looks,
            spacing: profile.turmoil.then_some(Duration::from_secs(6)),
            gate_nap,
        }
    }
}

fn accounts(profile: &Profile, rng: &mut Rng) -> Vec<PlannedAccount> {
    let (x, bluesky) = profile.accounts;
    let handle = |index| match index < x {
        true => format!("ada_{index}"),
        false => format!("bluesky:ada-{index}.test"),
    };
    let policy = |rng: &mut Rng| match rng.u32(0..100) < profile.resend {
        true => OnAbsent::Resend,
        false => OnAbsent::Hold,
    };
    (0..x + bluesky).map(|index| PlannedAccount { handle: handle(index), on_absent: policy(rng) }).collect()
}

const WORDS: [&str; 12] = [
    "salt & pepper",
    "morning",
    "https://example.com/?a=1&b=2",
    "<b>bold</b>",
    "rain",
    "déjà vu",
    "🎉",
    "(sic)",
    "\"quoted\"",
    "1 < 2",
    "harbour",
    "lantern",
];

fn post(rng: &mut Rng, number: usize, accounts: usize, storm: Duration) -> PlannedPost {
    let mut targets = vec![rng.usize(0..accounts)];
    if accounts > 1 && rng.u32(0..10) == 0 {
        targets.push((targets[0] + rng.usize(1..accounts)) % accounts);
    }
    let parts = [1, 1, 1, 1, 2, 3][rng.usize(0..6)];
    let mut words = || WORDS[rng.usize(0..WORDS.len())];
    let texts =
        (0..parts).map(|part| format!("{number}.{part} {} {} {}", words(), words(), words())).collect();
    // Of some, the same words go out again and again.
    let refrain = rng.u32(0..8) == 0;
    let texts = if refrain { vec!["Good morning, harbour & lantern".to_owned()] } else { texts };
    let due = Duration::from_millis(rng.u64(2_000..storm.as_secs() * 900));
    let made =
        if rng.bool() { Duration::ZERO } else { due.saturating_sub(Duration::from_secs(rng.u64(0..40))) };
    let expires = (rng.u32(0..8) == 0).then(|| due + Duration::from_secs(rng.u64(1..30)));
    let priority = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent][rng.usize(0..4)];
    PlannedPost { key: format!("post-{number}"), texts, accounts: targets, made, due, expires, priority }
}

fn fault(rng: &mut Rng, tempo: Tempo, mishap: Mishap, late: u64) -> Fault {
    let seconds = Duration::from_secs;
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    // What waits on the wire waits in real time; all else goes by the platform's clock.
    let mut wire = |most| millis(tempo.real(Duration::from_millis(rng.u64(100..most))));
    let (route, kind) = match mishap {
        Mishap::Held => ("posts.create", FaultKind::Hold { ms: wire(4_000) }),
        Mishap::Slow => ("posts.create", FaultKind::Latency { ms: wire(4_000) }),
        Mishap::Trickle => ("posts.create", FaultKind::SlowBody { ms: wire(3_000) }),
        Mishap::CutBefore => ("posts.create", FaultKind::CutBefore),
        Mishap::CutAfter => ("posts.create", FaultKind::CutAfter),
        Mishap::Late => (
            "posts.create",
            FaultKind::CutThenLate { ms: millis(tempo.on_clock(seconds(rng.u64(0..=late)))) },
        ),
        Mishap::Fails => ("posts.create", FaultKind::Status { code: 500, body: None, legacy: false }),
        Mishap::FailsAfter => ("posts.create", FaultKind::StatusAfterEffect { code: 503 }),
        Mishap::HalfAnswer => ("posts.create", FaultKind::HalfBody),
        Mishap::Garbage => ("posts.create", FaultKind::GarbageBody),
        Mishap::Limited => (
            "posts.create",
            FaultKind::RateLimited { reset_secs: tempo.on_clock(seconds(20)).as_secs().max(1) },
        ),
        Mishap::Refused => ("posts.create", FaultKind::Status { code: 403, body: None, legacy: false }),
        Mishap::Unauthorized => ("posts.create", FaultKind::Status { code: 401, body: None, legacy: false }),
        Mishap::TimelineFails => ("timeline", FaultKind::Status { code: 503, body: None, legacy: false }),
        Mishap::TimelineLimited => {
            ("timeline", FaultKind::RateLimited { reset_secs: tempo.on_clock(seconds(20)).as_secs().max(1) })
        }
        Mishap::TimelineCut => ("timeline", FaultKind::CutBefore),
        Mishap::RefreshFails => ("oauth.token", FaultKind::Status { code: 503, body: None, legacy: false }),
    };
    Fault::new(kind).route(route).times(1)
}

/// What people, and the hosts' administrators, do meanwhile.
fn turmoil(
    rng: &mut Rng,
    posts: &[PlannedPost],
    accounts: usize,
    (storm, mixed): (Duration, bool),
    acts: &mut Vec<(Duration, Act)>,
) {
    let mut moment = |from: Duration| {
        let left = storm.saturating_sub(from).as_millis() as u64;
        from + Duration::from_millis(rng.u64(0..left.max(1)))
    };
    for (index, post) in posts.iter().enumerate() {
        match index % 12 {
            0 => acts.push((moment(post.made), Act::Cancel(index))),
            1 => acts.push((moment(post.made), Act::Reschedule(index, Duration::from_secs(20)))),
            _ => {}
        }
    }
    for account in 0..accounts / 3 {
        let at = moment(Duration::ZERO);
        acts.push((at, Act::Pause(account)));
        acts.push((at + Duration::from_secs(30), Act::Resume(account)));
    }
    let stopped = moment(Duration::ZERO);
    acts.push((stopped, Act::Stop));
    acts.push((stopped + Duration::from_secs(20), Act::GoOn));
    for crash in [true, false] {
        acts.push((moment(Duration::ZERO), Act::Restart(crash)));
    }
    // Workers in other languages go by the machine's own clock, which nobody may step.
    if !mixed {
        let steps: Vec<_> = (0..4).map(|_| moment(Duration::ZERO)).collect();
        // Forward by more than a lease, and by less than what the looks take beyond the settle window.
        acts.extend(steps.into_iter().map(|at| (at, Act::Step(rng.i64(-20..=15)))));
    }
}

/// One life of a worker's process.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    /// What it does to itself, unless it lives too long for that.
    pub trap: Option<Trap>,
    /// How long it lives at most before it is hit from outside.
    pub lasts: Duration,
    /// How it is hit.
    pub hit: Hit,
    /// How long it is stopped.
    pub nap: Duration,
    /// How long it lives on when it was woken; `None`: it is killed while it is stopped.
    pub wakes: Option<Duration>,
}

impl Life {
    /// Draws one for a slot of the crew. Workers in other languages have no traps.
    #[must_use]
    pub fn draw(profile: &Profile, rng: &mut Rng, slot: usize, language: Language, gate_nap: u64) -> Self {
        let point = weighted(rng, profile.points, None).filter(|_| language == Language::Rust);
        let stops = slot < profile.crew.1 && rng.u32(0..100) < profile.stops;
        let hit = if stops { Hit::Stop } else { Hit::Kill };
        let trap = point.map(|point| Trap { point, skip: rng.u32(0..4), hit, linger_ms: rng.u64(2..120) });
        let (least, most) = profile.naps;
        let nap = match point {
            // A stop there delays the last byte by its whole length, past the deadline: it has to fit the settle window.
            Some(Point::AfterGate | Point::OnTheWay) => rng.u64(0..=gate_nap),
            Some(_) => rng.u64(least..=most),
            // Anywhere, and so perhaps just there; and perhaps with the lock of a database in its hand.
            None => rng.u64(0..=gate_nap.min(20)),
        };
        // Interpreters take longer to start.
        let starts = if language == Language::Rust { 0 } else { 11_000 };
        let (shortest, longest) = profile.lives;
        Self {
            trap,
            lasts: Duration::from_millis(starts + rng.u64(shortest * 1000..=longest * 1000)),
            hit,
            nap: Duration::from_secs(nap),
            wakes: (rng.u32(0..4) > 0).then(|| Duration::from_millis(rng.u64(0..8_000))),
        }
    }
}
