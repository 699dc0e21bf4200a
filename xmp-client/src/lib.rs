//! Social platforms over HTTP, for xmp: one transport, one request pipeline, OAuth 2.0, one folder a platform.
//!
//! Every request to a platform walks through the same layers, always in this order:
//!
//! ```text
//!   Platform (x::X)            builds a Call of an Operation, decodes the Answer
//!      |
//!   [Trace]                    one span a call
//!   [Cache]        (later)     answered from what is known
//!   [Budget]       (later)     what it may cost
//!   [Retry]                    reads and idempotent calls only
//!   [Limit]                    each attempt counts against the platform's windows
//!   [Breaker]      (later)     leaves alone what keeps failing
//!   [Authenticate]             a fresh token; a refused one is replaced once
//!   [Send]                     cancellation, deadline, classification
//!      |
//!   HttpTransport              the last byte waits for its gate
//! ```
//!
//! What makes publishing exactly once possible is at the two ends: the [transport] knows whether the last byte of a
//! request left, and every error carries that knowledge outwards as its
//! [`Certainty`](xmp_core::Certainty).
//!
//! * [`transport`]: HTTP over reqwest and rustls, with the gate before the last byte;
//! * [`pipeline`]: operations as data, and the layers;
//! * [`limits`]: windows of requests, learned from answers;
//! * [`oauth2`]: consent, refresh, revocation;
//! * [`tokens`]: tokens that stay alive, refreshed by one process at a time;
//! * [`setup`] and [`registry`]: how platforms are put together, and which there are;
//! * [`x`]: X (feature `platform-x`); [`bluesky`]: Bluesky (feature `platform-bluesky`);
//! * [`testing`]: records what was really sent, and holds a platform up; `suite` (a feature): the tests that every platform passes.
//!
//! A further platform is one more folder beside `x`: its operations, its table of errors, its words on the wire.
//!
//! ```
//! # #[cfg(feature = "platform-x")] {
//! use std::sync::Arc;
//!
//! use xmp_client::transport::ReqwestTransport;
//! use xmp_client::x::{self, XConfig};
//! use xmp_core::{Authenticator, ConsentRequest, Secret, SystemClock};
//!
//! let config = XConfig::new("my-app").client_secret(Secret::new("my-secret"));
//! let oauth = x::authenticator(&config, Arc::new(ReqwestTransport::new()?), Arc::new(SystemClock))?;
//! let consent = oauth.begin(&ConsentRequest {
//!     redirect_uri: "http://127.0.0.1:8080/callback".to_owned(),
//!     scopes: Vec::new(), // what xmp needs
//! })?;
//! assert!(consent.url.starts_with("https://x.com/i/oauth2/authorize?"));
//! assert!(consent.url.contains("code_challenge_method=S256"));
//! # }
//! # Ok::<(), xmp_core::Error>(())
//! ```

#![forbid(unsafe_code)]

#[cfg(feature = "platform-bluesky")]
pub mod bluesky;
mod latch;
pub mod limits;
#[cfg(feature = "platform-mastodon")]
pub mod mastodon;
pub mod multipart;
pub mod oauth2;
pub mod pipeline;
pub mod registry;
pub mod setup;
#[cfg(feature = "suite")]
pub mod suite;
pub mod testing;
pub mod tokens;
pub mod transport;
#[cfg(feature = "platform-x")]
pub mod x;
