//! An operation of a platform, as data.

use std::time::Duration;

use http::Method;
use xmp_core::{AuthScheme, RequestPriority};

use super::LimitScope;

/// What a request does to the world, which decides who may repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing. The pipeline repeats it.
    Read,
    /// Something that may be done twice without anybody noticing: an upload, a deletion. The pipeline repeats it.
    Idempotent,
    /// Something that people see, such as a new post. The pipeline never repeats it: only the scheduler knows
    /// whether it may.
    Visible,
}

/// One operation of a platform: a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name in errors, traces and limits: `posts.create`.
    pub name: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path below the base URL, with `{name}` for parameters: `/2/tweets/{id}`.
    pub path: &'static str,
    /// What it does to the world.
    pub effect: Effect,
    /// The credentials that it takes, best first.
    pub auth: &'static [AuthScheme],
    /// The scopes that an account's token needs.
    pub scopes: &'static [&'static str],
    /// Who goes first when a window is nearly used up, unless the call says otherwise.
    pub priority: RequestPriority,
    /// What it draws from windows that are known before anything was asked; the others are learned from answers.
    pub draws: Option<&'static Draw>,
}

/// What an operation takes out of windows that several operations share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The name that the windows are counted under.
    pub bucket: &'static str,
    /// Whose they are.
    pub scope: LimitScope,
    /// How much there is in how long a time.
    pub windows: &'static [(u64, Duration)],
    /// How much of it one request takes.
    pub cost: u64,
}
