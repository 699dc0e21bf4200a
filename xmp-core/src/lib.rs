//! Words and contracts of xmp.
//!
//! This crate knows no HTTP client and no database. It holds what every other room agrees on:
//!
//! * **words**: [`TenantId`] and the other ids, [`Account`], [`Draft`], [`Post`], [`Delivery`], [`Part`],
//!   [`Attempt`], [`Event`];
//! * **contracts**: [`Platform`], [`Authenticator`], [`RateLimiter`], [`HttpTransport`], [`Clock`],
//!   [`EventSink`] and the stores ([`Store`]);
//! * **rules**: the [state tables](state) and the [steps](step) that every store applies, pure and tested over
//!   all pairs;
//! * one [`Error`], which knows what is certain about the outside world ([`Certainty`]).
//!
//! ```
//! use xmp_core::{Certainty, Error, ErrorKind, Retry};
//!
//! let error = Error::new(ErrorKind::Timeout, "http.no_answer", "no answer within 10s")
//!     .hint("the post may be live: its delivery is `unconfirmed` until the timeline has been read")
//!     .with_certainty(Certainty::MaybeSent);
//! assert_eq!(error.retry(), Retry::Never);
//! assert_eq!(error.certainty(), Some(Certainty::MaybeSent));
//! ```

#![forbid(unsafe_code)]

mod account;
mod auth;
mod bulk;
pub mod capability;
mod certainty;
mod clock;
mod conflict;
mod consumer;
mod content;
mod context;
mod delivery;
mod draft;
mod due;
pub mod edit;
mod error;
mod event;
mod explain;
mod filter;
mod fingerprint;
mod gate;
mod http;
mod id;
mod insight;
mod limit;
pub mod media;
mod metric;
pub mod plan;
mod platform;
mod preflight;
pub mod recurrence;
mod request;
mod secret;
mod similar;
mod spacing;
pub mod state;
pub mod step;
mod stop;
mod store;
pub mod zones;

pub use account::{Account, AccountState, NewAccount, OnAbsent, PlatformId};
pub use auth::{AuthScheme, Authenticator, Consent, ConsentRequest, CredentialSource, LogIn, TokenSet};
pub use bulk::{BulkMode, BulkProgress, BulkReport, BulkRow, RowOutcome, RowReport};
pub use capability::{Capability, Problem};
pub use certainty::Certainty;
pub use clock::{Clock, Deadline, ManualClock, Monotonic, SystemClock};
pub use conflict::{Conflict, ConflictKind, ConflictOptions, OnConflict};
pub use consumer::{ConsumerName, ConsumerStore, EventConsumer};
pub use content::{LinkCard, MediaUpload, PartContent, StoredMedia};
pub use context::{CancelToken, Context, CorrelationId, SpanId};
pub use delivery::{
    Attempt, Delivery, ErrorRecord, Lease, LeaseRecord, Part, Post, PostView, Priority, PublishedRef,
};
pub use draft::{
    Draft, Focus, LinkDraft, MediaDraft, MediaSource, PartDraft, Poll, Showing, Variant, Visibility,
};
pub use due::{Due, Fold, Gap, When};
pub use edit::{PostEdit, Revision, Said};
pub use error::{Error, ErrorKind, Result, Retry, Severity};
pub use event::{Event, EventKind, EventSink, NewEvent};
pub use explain::{Explanation, Reason, ReasonCode, Standing, explain};
pub use filter::{CalendarEntry, CalendarQuery, PostFilter, StateCount};
pub use fingerprint::Fingerprint;
pub use gate::{Approval, Gate};
pub use http::{GateError, HttpRequest, HttpResponse, HttpTransport, MultipartField, RequestBody, SendGate};
pub use id::{
    AccountId, AttemptId, DeliveryId, EventId, IdempotencyKey, PartId, PlanId, PostId, RemoteId, TenantId,
    WorkerId,
};
pub use insight::{
    AccountCounts, AttemptRecord, Busy, DeliveryCounts, DueCounts, InsightStore, OldestDue, Tally,
};
pub use limit::{LimitDecision, LimitKey, LimitStore, LimitWindow, RateLimiter, RequestPriority, Windows};
pub use metric::{MetricSample, Metrics};
pub use plan::{Plan, PlanPlace, PlanStore};
pub use platform::{
    Absence, Checkpoint, Checkpoints, Evidence, FindQuery, Finding, Outcome, Page, Platform, Platforms,
    Prepared, Profile, RemotePost, TimelineQuery, Work,
};
pub use request::{PostRequest, RequestState, RequestStore};
pub use secret::Secret;
pub use similar::similarity;
pub use spacing::{QuietHours, Spacing};
pub use stop::{SendingStop, StopScope};
pub use store::{
    AccountStore, Begun, ClaimRequest, Claimed, DeliveryStore, EventStore, MediaStore, MetricStore, NewPost,
    PendingConsent, RefreshAsk, RefreshLease, Scheduled, SecretKey, SecretStore, Store, StoredSecret,
};
