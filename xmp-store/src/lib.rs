//! Where xmp keeps things: accounts, tokens, posts and what became of them, media, numbers and the event log.
//!
//! * [`MemoryStore`] keeps everything in this process: for tests and for trying things out.
//! * `SqliteStore` (feature `store-sqlite`, on by default) keeps everything in one file, which several processes on
//!   one host may share. Tokens in it are sealed with a [`SealKey`].
//! * [`suite`] holds the tests that every store passes; run it against a store of your own.
//!
//! Both apply the pure steps of [`xmp_core::step`] within one transaction, together with the events of the step, so
//! that they can't disagree about what a step means.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use xmp_core::{AccountStore, Context, EventStore, ManualClock, NewAccount, PlatformId, RemoteId, Secret};
//! use xmp_store::MemoryStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> xmp_core::Result<()> {
//! let clock = ManualClock::new("2026-03-01T09:00:00Z".parse().unwrap());
//! let store = MemoryStore::new(Arc::new(clock));
//! let ctx = Context::default();
//! let ada = NewAccount {
//!     platform: PlatformId::X,
//!     app: "my-app".into(),
//!     remote_id: RemoteId::new("42"),
//!     handle: "ada".into(),
//!     scopes: vec!["tweet.write".into()],
//!     on_absent: None,
//! };
//! let account = store.connect(&ctx, ada, Secret::new("{\"access\":\"…\"}")).await?;
//! assert_eq!(store.account(&ctx, account.id).await?.handle, "ada");
//! assert_eq!(store.events(&ctx, 0, 10).await?.len(), 1);
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(
    feature = "store-sqlite",
    doc = r#"
The same with a file, sealed with a key that the program keeps elsewhere:

```
use std::sync::Arc;
use xmp_core::{AccountStore, Context, SystemClock};
use xmp_store::{Keyring, SealKey, SqliteStore};

# #[tokio::main(flavor = "current_thread")]
# async fn main() -> Result<(), Box<dyn std::error::Error>> {
# let folder = tempfile::tempdir()?;
# let path = folder.path().join("xmp.db");
let key = SealKey::generate()?; // once; then keep `key.to_base64()` and use `SealKey::from_env("XMP_SEAL_KEY")`
let store = SqliteStore::open(&path, Keyring::new(key), Arc::new(SystemClock)).await?;
assert!(store.accounts(&Context::default()).await?.is_empty());
# Ok(())
# }
```
"#
)]

mod history;
mod memory;
#[cfg(feature = "store-postgres")]
mod postgres;
mod rules;
mod seal;
#[cfg(feature = "store-sqlite")]
mod sqlite;
pub mod suite;
mod tally;
mod time;
mod told;

pub use memory::MemoryStore;
#[cfg(feature = "store-postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
pub use seal::{Keyring, SealKey, SealName};
#[cfg(feature = "store-sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore};
/// The client of the database, and its pool: what a program's own transactions and pools have to be made with.
#[cfg(feature = "store-postgres")]
pub use {deadpool_postgres, tokio_postgres};
