//! The state tables: pure, one file each, tested over all pairs.

mod delivery;
mod lease;
mod part;

pub use delivery::DeliveryState;
pub use lease::{LeaseState, LeaseStep};
pub use part::{PartEvent, PartState, WrongState};
