//! Social platforms simulated over real HTTP, for testing programs that post.
//!
//! A [`Sim`] listens on loopback and speaks the platforms' own APIs side by side (X, Bluesky and Mastodon), logins and
//! media upload included. It keeps a [ledger](LedgerEntry) of what was really posted, whatever the client was told, and
//! lets things go wrong on purpose: answers that never arrive, effects that land late, tokens that die, windows that
//! fill. Time is a [`SimClock`] that tests move instead of waiting.
//!
//! Accounts are named `PLATFORM:HANDLE`, for example `bluesky:ada.test`; a handle without a platform is X's.
//!
//! ```
//! use xmp_sim::{Fault, FaultKind, Sim};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sim = Sim::builder()
//!     .client("my-app", Some("my-secret"), &["http://127.0.0.1/callback"])
//!     .account("ada")
//!     .start()
//!     .await?;
//! let tokens = sim.issue_tokens("my-app", "ada", &["tweet.read", "tweet.write", "users.read"])?;
//!
//! // The post goes out, and its answer is lost on the way …
//! sim.set_fault(Fault::new(FaultKind::CutAfter).route("posts.create").times(1));
//! let answer = post(sim.url(), "/2/tweets", &tokens.access_token, r#"{"text": "hello"}"#).await;
//! assert!(answer.is_none(), "not one byte came back");
//!
//! // … yet it is out. A program that simply posts again is told so.
//! assert_eq!(sim.ledger()[0].text, "hello");
//! let answer = post(sim.url(), "/2/tweets", &tokens.access_token, r#"{"text": "hello"}"#).await;
//! assert!(answer.is_some_and(|answer| answer.contains("duplicate content")));
//! # Ok(()) }
//! #
//! # /// Sends one request over a bare socket; `None` if no answer came.
//! # async fn post(base: &str, path: &str, token: &str, body: &str) -> Option<String> {
//! #     use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! #     let host = base.trim_start_matches("http://");
//! #     let mut stream = tokio::net::TcpStream::connect(host).await.ok()?;
//! #     let request = format!(
//! #         "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
//! #          content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
//! #         body.len(),
//! #     );
//! #     stream.write_all(request.as_bytes()).await.ok()?;
//! #     let mut answer = String::new();
//! #     let _ = stream.read_to_string(&mut answer).await;
//! #     (!answer.is_empty()).then_some(answer)
//! # }
//! ```
//!
//! # What can be relied on
//!
//! - **The ledger tells the truth.** A post is in it exactly if it was published, also if the connection was cut, the
//!   answer was an error, or the client had gone. Deleted posts stay, marked.
//! - **A request counts once it was received in full.** From then on its effect does not depend on the client.
//! - **Every step is atomic and kept.** With a [home](SimBuilder::home) each step is journaled before it is applied and
//!   answered. A process that is killed at any moment starts again in the same world; [`read_ledger`] reads a home
//!   while a simulator runs there, or after it died.
//! - **Simulated time decides** about expiry, windows, lag, late effects and metrics; what happens on the wire (latency,
//!   held answers, slow bodies) takes real time.
//! - **It shares no code with any client**, so a misreading of a platform does not cancel itself out.
//!
//! Faults, the clock's offset, the rate limits set and the log of requests belong to the process and are not kept.
//!
//! # The program
//!
//! `xmp-sim serve` runs the same from the command line, and an admin API under `/_sim/` gives other processes and
//! languages what [`Sim`] gives Rust. The crate's README describes both, lists the routes, and says for each behaviour
//! what it copies.

#![forbid(unsafe_code)]

mod admin;
mod blobs;
mod bluesky;
mod call;
mod clock;
mod consent;
mod core;
mod error;
mod faults;
mod images;
mod journal;
mod ledger;
mod limits;
mod mastodon;
mod metrics;
mod pipeline;
mod platform;
mod reply;
mod requests;
mod server;
mod sim;
mod wire;
mod world;
mod x;

pub use clock::SimClock;
pub use error::SimError;
pub use faults::{Fault, FaultKind};
pub use ledger::{LedgerEdit, LedgerEntry, read_ledger};
pub use limits::{Per, RateLimit};
pub use mastodon::InstanceLimits;
pub use requests::RecordedRequest;
pub use sim::{Sim, SimBuilder, Tokens};
