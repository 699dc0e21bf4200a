//! What may go wrong in a round, and how likely: the weights that a plan is drawn by.

use fastrand::Rng;

use crate::trap::Point;

/// A fault, before its numbers are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The connection is cut without effect.
    CutBefore,
    /// The connection is cut after the effect.
    CutAfter,
    /// The connection is cut, and the effect lands later.
    Late,
    /// 500 without effect.
    Fails,
    /// 503 after the effect.
    FailsAfter,
    /// Half an answer.
    HalfAnswer,
    /// An answer that nobody can read.
    Garbage,
    /// 429.
    Limited,
    /// 403: the platform read it and wants none of it.
    Refused,
    /// 401: the token is said to be dead.
    Unauthorized,
    /// The effect, and an answer that is held back.
    Held,
    /// A wait before the effect.
    Slow,
    /// An answer that trickles in.
    Trickle,
    /// The timeline answers 503.
    TimelineFails,
    /// The timeline answers 429.
    TimelineLimited,
    /// The timeline's answer is cut.
    TimelineCut,
    /// The token endpoint answers 503: the pair may be spent.
    RefreshFails,
}

/// The weights of a round.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Its name on the command line.
    pub name: &'static str,
    /// Accounts on X, and on Bluesky.
    pub accounts: (usize, usize),
    /// Posts in a round.
    pub posts: usize,
    /// Of 100 accounts, so many resend what they don't find.
    pub resend: u32,
    /// How long the storm lasts, in seconds of the platforms' time.
    pub storm: u64,
    /// So many faults for 100 posts.
    pub faults: u32,
    /// Which.
    pub mishaps: &'static [(u32, Mishap)],
    /// How many workers there are, and how many of them may be stopped: the others go on meanwhile.
    pub crew: (usize, usize),
    /// How long a worker lives at least and at most before it is hit from outside, in seconds.
    pub lives: (u64, u64),
    /// Of 100 hits, so many stop the worker before they kill it.
    pub stops: u32,
    /// Where workers are hit: `None` is any moment.
    pub points: &'static [(u32, Option<Point>)],
    /// The shortest and the longest stop, in seconds of the platform's time, where a stop of any length is harmless.
    pub naps: (u64, u64),
    /// How many looks must all see nothing before a post counts as absent.
    pub looks: u32,
    /// How long timelines hide posts, in seconds, if it is not to be drawn.
    pub lag: Option<u64>,
    /// Whether anything else happens: cancelled and rescheduled posts, paused accounts, tokens that expire, steps of the
    /// clock.
    pub turmoil: bool,
}

const EVERY_MISHAP: &[(u32, Mishap)] = &[
    (4, Mishap::CutBefore),
    (5, Mishap::CutAfter),
    (3, Mishap::Late),
    (2, Mishap::Fails),
    (3, Mishap::FailsAfter),
    (2, Mishap::HalfAnswer),
    (2, Mishap::Garbage),
    (3, Mishap::Limited),
    (1, Mishap::Refused),
    (1, Mishap::Unauthorized),
    (3, Mishap::Held),
    (3, Mishap::Slow),
    (1, Mishap::Trickle),
    (2, Mishap::TimelineFails),
    (1, Mishap::TimelineLimited),
    (1, Mishap::TimelineCut),
    (1, Mishap::RefreshFails),
];

const EVERY_POINT: &[(u32, Option<Point>)] = &[
    (6, None),
    (2, Some(Point::BeforeIntent)),
    (2, Some(Point::BeforeBytes)),
    (2, Some(Point::MidRequest)),
    (1, Some(Point::AfterGate)),
    (3, Some(Point::OnTheWay)),
    (2, Some(Point::BeforeStored)),
    (2, Some(Point::Looked)),
];

/// Everything at once.
pub const STORM: Profile = Profile {
    name: "storm",
    accounts: (6, 2),
    posts: 110,
    storm: 400,
    resend: 50,
    faults: 60,
    mishaps: EVERY_MISHAP,
    crew: (3, 3),
    lives: (1, 16),
    stops: 35,
    points: EVERY_POINT,
    naps: (1, 130),
    looks: 3,
    lag: None,
    turmoil: true,
};

/// Nobody looks: what was cut after its effect is sent again.
const BLIND: Profile = Profile {
    name: "blind",
    accounts: (3, 0),
    posts: 30,
    storm: 120,
    resend: 100,
    faults: 100,
    mishaps: &[(1, Mishap::CutAfter)],
    crew: (3, 0),
    lives: (1, 16),
    stops: 0,
    points: &[(1, None)],
    naps: (1, 1),
    looks: 1,
    lag: Some(10),
    turmoil: false,
};

/// Timelines hide posts for nearly as long as the settle window: who looks sooner sees nothing.
const HASTY: Profile = Profile { name: "hasty", lag: Some(58), ..BLIND };

/// Workers are stopped before the last byte, and woken when others have long gone on.
const LATE: Profile = Profile {
    name: "late",
    accounts: (6, 0),
    faults: 0,
    storm: 300,
    posts: 60,
    crew: (5, 3),
    lives: (30, 90),
    stops: 80,
    points: &[(1, Some(Point::MidRequest))],
    naps: (120, 170),
    lag: Some(0),
    ..BLIND
};

/// Workers are stopped with something in their hands that is outdated when they wake.
const STALE: Profile = Profile {
    name: "stale",
    faults: 250,
    mishaps: &[(1, Mishap::CutBefore), (1, Mishap::CutAfter)],
    points: &[(3, Some(Point::Looked)), (1, None)],
    naps: (16, 75),
    lag: Some(20),
    ..LATE
};

/// Many posts of few accounts, and a platform that takes its time.
const CROWD: Profile = Profile {
    name: "crowd",
    accounts: (2, 0),
    faults: 100,
    mishaps: &[(1, Mishap::Slow), (1, Mishap::Held)],
    ..BLIND
};

/// All profiles, by name.
pub const PROFILES: [Profile; 6] = [STORM, BLIND, HASTY, LATE, STALE, CROWD];

/// Draws one of several, by their weights.
///
/// # Panics
/// Never: without any weight it gives the last.
pub fn weighted<T: Copy>(rng: &mut Rng, all: &[(u32, T)], otherwise: T) -> T {
    let total: u32 = all.iter().map(|(weight, _)| weight).sum();
    let mut drawn = rng.u32(0..total.max(1));
    for (weight, one) in all {
        if drawn < *weight {
            return *one;
        }
        drawn -= weight;
    }
    otherwise
}
