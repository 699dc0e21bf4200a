#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod accounts;
mod builder;
mod handle;
#[cfg(feature = "scheduler")]
mod posts;
mod remote;
mod stream;
#[cfg(feature = "scheduler")]
mod worker;

pub use accounts::{Accounts, CompleteOptions, ConnectOptions, LogInOptions, PendingConnection};
pub use builder::Builder;
pub use handle::Xmp;
#[cfg(feature = "scheduler")]
pub use posts::Posts;
pub use remote::Remote;
#[cfg(feature = "scheduler")]
pub use worker::RunningWorker;

#[cfg(feature = "platform-bluesky")]
pub use xmp_client::bluesky::BlueskyConfig;
#[cfg(feature = "platform-mastodon")]
pub use xmp_client::mastodon::{MastodonConfig, NewApp, Registration};
pub use xmp_client::registry::Configurations;
pub use xmp_client::setup::Setup;
#[cfg(feature = "platform-x")]
pub use xmp_client::x::XConfig;
pub use xmp_core::state::{DeliveryState, PartState};
pub use xmp_core::step::Resolution;
pub use xmp_core::{
    Account, AccountId, AccountState, Authenticator, BulkMode, BulkProgress, BulkReport, BulkRow,
    CancelToken, Capability, Certainty, Clock, Context, CorrelationId, Delivery, DeliveryId, Draft, Error,
    ErrorKind, Event, EventKind, EventSink, Focus, Fold, Gap, HttpTransport, IdempotencyKey, LinkDraft,
    ManualClock, MediaDraft, MediaSource, MetricSample, Metrics, OnAbsent, Page, Part, PartDraft, Platform,
    PlatformId, Poll, Post, PostFilter, PostId, PostView, Priority, Problem, Profile, PublishedRef,
    QuietHours, RemoteId, RemotePost, Result, Retry, RowOutcome, RowReport, Secret, SendingStop, Severity,
    Showing, Spacing, StopScope, Store, SystemClock, TenantId, TimelineQuery, Variant, Visibility, When,
};
#[cfg(feature = "scheduler")]
pub use xmp_scheduler::{Backoff, LookPolicy, RetryPolicy, Worker, WorkerOptions};
pub use xmp_store::{Keyring, SealKey};
#[cfg(feature = "store-postgres")]
pub use xmp_store::{PostgresOptions, PostgresStore, deadpool_postgres, tokio_postgres};
