//! The stores and the engine against the reference.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test tells by a panic")]

mod engine;
#[cfg(unix)]
mod postgres;
mod side;
mod stores;
mod translate;
