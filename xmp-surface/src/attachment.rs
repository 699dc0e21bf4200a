//! Bytes that go beside the parameters instead of within them.

use std::cell::RefCell;

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, Error as _};

thread_local! {
    /// What was attached to the call whose parameters this thread reads at this moment.
    static ATTACHED: RefCell<Vec<Bytes>> = const { RefCell::new(Vec::new()) };
}

/// Bytes that were attached to a call. In the parameters stands their place in the list, from 0.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("format" = "attachment")))]
pub struct Attachment(#[cfg_attr(feature = "schema", schemars(with = "usize"))] pub Bytes);

impl<'de> Deserialize<'de> for Attachment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let place = usize::deserialize(deserializer)?;
        let bytes = ATTACHED.with_borrow(|attached| attached.get(place).cloned());
        bytes.map(Self).ok_or_else(|| D::Error::custom(format_args!("there is no attachment {place}")))
    }
}

/// Reads parameters that refer to these attachments.
pub(crate) fn among<T>(attachments: &[Bytes], read: impl FnOnce() -> T) -> T {
    ATTACHED.with_borrow_mut(|attached| attachments.clone_into(attached));
    let read = read();
    ATTACHED.with_borrow_mut(Vec::clear);
    read
}
