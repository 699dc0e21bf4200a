//! What may happen, as data: drawn at random, and shrunk when a case fails.

use proptest::prelude::*;

/// One thing that happens. Numbers that choose something (`hand`, `post`, `delivery`) count from the latest and go
/// round, so that a shorter case still chooses something.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields say what they are")]
pub enum Op {
    /// Somebody schedules a post to some accounts (a bit each), under a key that may have been used before.
    Schedule(Wish),
    /// A worker asks for work.
    Claim { worker: u8, limit: usize, reconcile: bool },
    /// A worker asks for more time.
    Renew { hand: usize, hold: i64 },
    /// A preparation keeps what it reached.
    Checkpoint { hand: usize, name: u8 },
    /// A preparation ends without being ready.
    Stumble { hand: usize, how: Stumble },
    /// A worker is ready, and commits its intent.
    Begin { hand: usize },
    /// A worker makes its one visible request.
    Send { hand: usize, fate: Fate },
    /// A worker asks the platform.
    Look { hand: usize, eyes: Eyes },
    /// A worker writes down what it knows.
    Conclude { hand: usize },
    /// A worker with a defect writes down what can't be.
    Wrong { hand: usize, claim: Nonsense },
    /// A worker's process ends: what it knew is gone.
    Die { hand: usize },
    /// Somebody cancels a post.
    Cancel { post: usize },
    /// Somebody gives a post another time.
    Reschedule { post: usize, due_in: i64 },
    /// Somebody puts a dead letter back.
    PutBack { delivery: usize },
    /// Somebody decides what a held part was.
    Resolve { delivery: usize, how: Decision },
    /// Somebody spaces an account's posts: seconds between two, and so many an hour.
    Space { account: usize, interval: Option<i64>, per_hour: Option<u32> },
    /// Somebody stops sending, or lets it go on.
    Stop { scope: Scope, stop: bool },
    /// Posts that are final for so many seconds are forgotten.
    Prune { keep_for: i64 },
    /// An account is paused or goes on.
    Account { account: usize, active: bool },
    /// Time passes: seconds.
    Advance { seconds: i64 },
    /// Somebody sets the clock back: seconds.
    Back { seconds: i64 },
}

/// What somebody wants to be published.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields say what they are")]
pub struct Wish {
    pub key: u8,
    /// A bit each.
    pub accounts: u8,
    pub parts: u8,
    pub text: u8,
    /// From 0, the lowest, to 3.
    pub priority: u8,
    /// Seconds from now.
    pub due_in: i64,
    /// Seconds after it is due.
    pub expires_after: Option<i64>,
}

/// What an emergency stop covers. The last two are somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say what they are")]
pub enum Scope {
    All,
    Platform,
    Tenant,
    OtherPlatform,
    OtherTenant,
}

/// How a preparation ends that is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stumble {
    /// For a reason that may pass.
    TryLater,
    /// A window is used up: this post waits.
    Wait,
    /// A window is used up: all posts of the account wait.
    WaitAll,
    /// For good.
    Broken,
    /// The worker was told to stop.
    Stopped,
    /// Its time is over.
    TooLate,
}

/// What becomes of a visible request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It takes effect, and the platform says so.
    Sent,
    /// The platform turns it away at its door, for a moment.
    Door,
    /// The platform turns it away: the account's window is used up.
    Limit,
    /// The platform reads it and refuses.
    Refused,
    /// It gets lost on the way.
    Lost,
    /// It takes effect, and the answer gets lost. The timeline shows it after so many seconds.
    Landed {
        /// Seconds from the effect until it is seen.
        hidden: i64,
    },
    /// It takes effect later, within the settle window, and nobody hears of it.
    Late {
        /// Seconds from now.
        after: i64,
    },
}

/// What keeps a worker from seeing what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    /// Nothing.
    Clear,
    /// The platform can't be read.
    Shut,
    /// Something else of the account looks just like it.
    Double,
}

/// A verdict that may be impossible where the part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are the verdicts")]
pub enum Nonsense {
    Published,
    Retry,
    Unconfirmed,
    LookAgain,
    Absent,
    Hold,
    Yield,
    /// About the part after the one whose turn it is.
    OutOfTurn,
}

/// What a person says of a held part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Live where it is indeed; if it is not live, where another post is.
    Live,
    /// Live under an id that is another's.
    Taken,
    /// Send it again.
    Resend,
    /// Leave it.
    Abandon,
}

/// What somebody wants: few keys and few texts, so that both come again.
pub fn wish() -> impl Strategy<Value = Wish> {
    let expires = prop::option::weighted(0.3, 1i64..300);
    (0u8..24, 1u8..8, 1u8..4, 0u8..4, 0u8..4, 0i64..90, expires).prop_map(
        |(key, accounts, parts, text, priority, due_in, expires_after)| Wish {
            key,
            accounts,
            parts,
            text,
            priority,
            due_in,
            expires_after,
        },
    )
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        8 => Just(Fate::Sent),
        2 => Just(Fate::Door),
        1 => Just(Fate::Limit),
        2 => Just(Fate::Refused),
        4 => Just(Fate::Lost),
        6 => prop_oneof![4 => 0i64..50, 1 => 100i64..5000].prop_map(|hidden| Fate::Landed { hidden }),
        4 => (1i64..70).prop_map(|after| Fate::Late { after }),
    ]
}

/// Anything, in proportions that let deliveries get somewhere.
pub fn any() -> impl Strategy<Value = Op> {
    let hand = 0usize..4;
    prop_oneof![
        4 => wish().prop_map(Op::Schedule),
        10 => (0u8..3, 1usize..4, prop::bool::weighted(0.4))
            .prop_map(|(worker, limit, reconcile)| Op::Claim { worker, limit, reconcile }),
        1 => (hand.clone(), 1i64..90).prop_map(|(hand, hold)| Op::Renew { hand, hold }),
        1 => (hand.clone(), 0u8..3).prop_map(|(hand, name)| Op::Checkpoint { hand, name }),
        3 => (hand.clone(), prop::sample::select(vec![
            Stumble::TryLater, Stumble::TryLater, Stumble::Wait, Stumble::WaitAll, Stumble::Broken, Stumble::Stopped,
            Stumble::TooLate,
        ])).prop_map(|(hand, how)| Op::Stumble { hand, how }),
        12 => hand.clone().prop_map(|hand| Op::Begin { hand }),
        12 => (hand.clone(), fate()).prop_map(|(hand, fate)| Op::Send { hand, fate }),
        10 => (hand.clone(), prop_oneof![
            8 => Just(Eyes::Clear), 1 => Just(Eyes::Shut), 1 => Just(Eyes::Double),
        ]).prop_map(|(hand, eyes)| Op::Look { hand, eyes }),
        16 => hand.clone().prop_map(|hand| Op::Conclude { hand }),
        2 => (hand.clone(), prop::sample::select(vec![
            Nonsense::Published, Nonsense::Retry, Nonsense::Unconfirmed, Nonsense::LookAgain, Nonsense::Absent,
            Nonsense::Hold, Nonsense::Yield, Nonsense::OutOfTurn,
        ])).prop_map(|(hand, claim)| Op::Wrong { hand, claim }),
        2 => hand.prop_map(|hand| Op::Die { hand }),
        1 => (0usize..12).prop_map(|post| Op::Cancel { post }),
        1 => (0usize..12, 0i64..90).prop_map(|(post, due_in)| Op::Reschedule { post, due_in }),
        2 => (0usize..20).prop_map(|delivery| Op::PutBack { delivery }),
        3 => (0usize..8, prop::sample::select(vec![
            Decision::Live, Decision::Live, Decision::Taken, Decision::Resend, Decision::Abandon,
        ])).prop_map(|(delivery, how)| Op::Resolve { delivery, how }),
        1 => (0usize..3, prop::option::of(5i64..300), prop::option::weighted(0.3, 1u32..4))
            .prop_map(|(account, interval, per_hour)| Op::Space { account, interval, per_hour }),
        1 => (prop::sample::select(vec![
            Scope::All, Scope::Platform, Scope::Tenant, Scope::OtherPlatform, Scope::OtherTenant,
        ]), prop::bool::weighted(0.2)).prop_map(|(scope, stop)| Op::Stop { scope, stop }),
        1 => (100i64..100_000).prop_map(|keep_for| Op::Prune { keep_for }),
        2 => (0usize..3, prop::bool::weighted(0.7)).prop_map(|(account, active)| Op::Account { account, active }),
        10 => prop_oneof![4 => 1i64..12, 3 => 12i64..40, 2 => 40i64..120, 1 => 3600i64..40_000]
            .prop_map(|seconds| Op::Advance { seconds }),
        1 => (1i64..4000).prop_map(|seconds| Op::Back { seconds }),
    ]
}
