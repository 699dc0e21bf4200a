//! The stores and the engine against a reference model, and the protocol explored whole.
//!
//! * [`mod@reference`] is the contract of delivery, told anew as plain data: what each part may be, who may hold it, how
//!   often its text is in the world. It shares no code with what it judges.
//! * [`op`] is what may happen, drawn at random and shrunk.
//! * [`contract`] is what must hold after every step.
//! * [`machine`] draws cases.
//! * [`protocol`] is the protocol of one post, small enough that every order of events is looked at.
//!
//! `tests/stores.rs` holds every store against the reference, `tests/engine.rs` the worker, `tests/protocol.rs` explores.

#![forbid(unsafe_code)]

pub mod contract;
pub mod machine;
pub mod op;
pub mod protocol;
pub mod reference;
