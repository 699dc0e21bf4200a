#![forbid(unsafe_code)]
//! The facade of xmp as one table of operations on plain data: what the bindings of other languages call.
//!
//! A binding moves bytes: [`begin`] takes the name of an operation, its parameters as JSON and the [`Handle`] that it is
//! called on, and gives a future of a [`Reply`]. Nothing else crosses the border, so that a binding has no code for a
//! single method. What an operation is called in each language, its parameters, their defaults and their documentation
//! are written once, in [`table`], next to the line of Rust that runs it; the description of all of it
//! (`cargo run -p xmp-surface --all-features --example surface`) is what the Python and TypeScript surfaces are
//! generated from.
//!
//! ```
//! use xmp_surface::{CallOptions, Handle, begin};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> xmp::Result<()> {
//! let opened = begin(None, "Xmp.open", b"{}", Vec::new(), &CallOptions::default()).await?;
//! let xmp = opened.handle.expect("an engine");
//! let accounts = begin(Some(&xmp), "Xmp.accounts.list", b"{}", Vec::new(), &CallOptions::default()).await?;
//! assert_eq!(accounts.json, b"[]");
//! begin(Some(&xmp), "Xmp.close", b"{}", Vec::new(), &CallOptions::default()).await?;
//!
//! let error = begin(Some(&xmp), "Xmp.accounts.list", b"{}", Vec::new(), &CallOptions::default()).await.unwrap_err();
//! assert_eq!(error.code(), "handle.closed");
//! # Ok(()) }
//! ```

mod attachment;
mod call;
mod data;
#[cfg(feature = "schema")]
pub mod describe;
mod ending;
mod engine;
mod failure;
mod handle;
mod operation;
mod plan_data;
mod sim_data;
pub mod table;

pub use attachment::Attachment;
pub use call::{Answering, CallOptions, Reply, begin};
pub use data::{DraftData, MastodonApp, MediaData, OpenOptions, PartData, PlatformInfo, RowData};
pub use failure::Failure;
pub use handle::Handle;
pub use operation::{Mode, Operation};
pub use sim_data::{FaultData, FaultWord, SimClient, SimOptions};
pub use xmp::{CancelToken, Error, ErrorKind, Result};
