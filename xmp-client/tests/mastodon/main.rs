//! Mastodon: simulated, mocked by others (`mastodon_mock`), and as GoToSocial has it.
#![cfg(all(feature = "suite", feature = "platform-mastodon"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells by a panic")]

#[path = "../support/connected.rs"]
mod connected;
mod found;
mod keys;
mod part;
#[path = "../../../tests/support/peer.rs"]
mod peer;
#[path = "../../../tests/support/proxy.rs"]
mod proxy;
mod server;
mod showing;
mod stages;
mod suite;
#[path = "../support/mod.rs"]
mod support;
mod web;
