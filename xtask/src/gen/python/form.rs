//! The two forms of every class that waits.

/// With asyncio, or blocking.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Aio,
    Blocking,
}

impl Form {
    pub(super) fn caller(self) -> &'static str {
        match self {
            Self::Aio => "AioCaller",
            Self::Blocking => "BlockingCaller",
        }
    }

    /// `word` where there is waiting, such as `async `.
    pub(super) fn waiting(self, word: &'static str) -> &'static str {
        if self == Self::Aio { word } else { "" }
    }

    /// What goes over items, and can be closed before its end.
    pub(super) fn generator(self, item: &str) -> String {
        match self {
            Self::Aio => format!("AsyncGenerator[{item}, None]"),
            Self::Blocking => format!("Generator[{item}, None, None]"),
        }
    }
}
