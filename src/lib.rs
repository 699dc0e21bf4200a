#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod accounts;
mod builder;
mod consumers;
mod handle;
mod health;
#[cfg(feature = "scheduler")]
mod posts;
#[cfg(feature = "scheduler")]
mod queues;
mod remote;
#[cfg(feature = "scheduler")]
mod series;
mod stream;
#[cfg(feature = "scheduler")]
mod worker;

pub use accounts::{Accounts, CompleteOptions, ConnectOptions, LogInOptions, PendingConnection};
pub use builder::Builder;
pub use consumers::{Consumer, Consumers};
pub use handle::Xmp;
pub use health::Health;
#[cfg(feature = "scheduler")]
pub use posts::{CancelledAll, NotCancelled, Posts};
#[cfg(feature = "scheduler")]
pub use queues::Queues;
pub use remote::Remote;
#[cfg(feature = "scheduler")]
pub use series::SeriesGroup;
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
pub use xmp_core::edit::{Edit, Revision, Said};
pub use xmp_core::plan::{Plan, PlanKind, PlanPlace, PlanState, Queue, Series, Slot, Target, Template};
pub use xmp_core::recurrence::{Occurrence, OnFold, OnGap, Recurrence, Rule};
pub use xmp_core::state::{DeliveryState, PartState};
pub use xmp_core::step::Resolution;
pub use xmp_core::zones::Zones;
pub use xmp_core::{
    Account, AccountCounts, AccountId, AccountState, Approval, AttemptRecord, Authenticator, BulkMode,
    BulkProgress, BulkReport, BulkRow, CalendarEntry, CalendarQuery, CancelToken, Capability, Certainty,
    Clock, Conflict, ConflictKind, ConflictOptions, ConsumerName, Context, CorrelationId, Delivery,
    DeliveryCounts, DeliveryId, Draft, DueCounts, Error, ErrorKind, ErrorRecord, Event, EventConsumer,
    EventKind, EventSink, Explanation, Focus, Fold, Gap, Gate, HttpTransport, IdempotencyKey, LinkDraft,
    ManualClock, MediaDraft, MediaSource, MetricSample, Metrics, OldestDue, OnAbsent, OnConflict, Page, Part,
    PartDraft, PlanId, Platform, PlatformId, Poll, Post, PostFilter, PostId, PostView, Priority, Problem,
    Profile, PublishedRef, QuietHours, Reason, ReasonCode, RemoteId, RemotePost, Result, Retry, RowOutcome,
    RowReport, Secret, SendingStop, Severity, Showing, Spacing, StateCount, StopScope, Store, SystemClock,
    Tally, TenantId, TimelineQuery, Variant, Visibility, When,
};
#[cfg(feature = "scheduler")]
pub use xmp_scheduler::{Backoff, LookPolicy, RetryPolicy, Worker, WorkerOptions};
#[cfg(feature = "scheduler")]
pub use xmp_scheduler::{Coming, NewQueue, NewSeries, QueuePlace, SeriesEdit, Settled};
pub use xmp_store::{Keyring, SealKey};
#[cfg(feature = "store-postgres")]
pub use xmp_store::{PostgresOptions, PostgresStore, deadpool_postgres, tokio_postgres};
