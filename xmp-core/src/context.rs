//! Who asks, on whose behalf, until when.

use std::fmt;
use std::str::FromStr;

use crate::{AccountId, Deadline, Error, ErrorKind, Result, TenantId};

/// Ends work early when somebody says so. Clones share one flag; a child also ends with its parent.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(tokio_util::sync::CancellationToken);

impl CancelToken {
    /// A token that nobody has cancelled yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends whatever waits for it, for good.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Ends when it is cancelled.
    pub async fn cancelled(&self) {
        self.0.cancelled().await;
    }

    /// A token that ends with this one, or alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name(#[cfg_attr(feature = "schema", schemars(with = "String"))] [u8; $bytes]);

        impl $name {
            /// A new random id.
            #[must_use]
            pub fn random() -> Self {
                let mut bytes = [0; $bytes];
                // Without randomness of the system nothing here could be secure: a fixed id is then the least harm.
                if getrandom::fill(&mut bytes).is_err() {
                    bytes[0] = 1;
                }
                Self(bytes)
            }

            /// An id out of its bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; $bytes] {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let text: String = serde::Deserialize::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                let digits = text.len() == 2 * $bytes && text.bytes().all(|b| b.is_ascii_hexdigit());
                let mut bytes = [0; $bytes];
                if digits {
                    for (i, byte) in bytes.iter_mut().enumerate() {
                        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap_or(0);
                    }
                }
                if bytes == [0; $bytes] {
                    return Err(Error::new(
                        ErrorKind::Validation,
                        "context.id",
                        format!("{text:?} is not a {}", stringify!($name)),
                    )
                    .hint(concat!("it has ", $bytes, " bytes as lower-case hexadecimal digits, not all zero")));
                }
                Ok(Self(bytes))
            }
        }
    };
}

hex_id!(
    /// Ties together everything that one call caused. It is the trace id of W3C Trace Context.
    CorrelationId, 16
);
hex_id!(
    /// One step within a [`CorrelationId`]. It is the parent id of W3C Trace Context.
    SpanId, 8
);

/// Who asks, on whose behalf, until when: goes along with every call.
///
/// ```
/// use xmp_core::Context;
///
/// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let context = Context::default().continue_trace(header)?;
/// assert_eq!(context.correlation_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
/// assert_eq!(context.parent().unwrap().to_string(), "b7ad6b7169203331");
/// assert!(context.traceparent().starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
/// # Ok::<(), xmp_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    tenant: TenantId,
    correlation_id: CorrelationId,
    span: SpanId,
    parent: Option<SpanId>,
    sampled: bool,
    account: Option<AccountId>,
    actor: String,
    deadline: Option<Deadline>,
    cancel: CancelToken,
}

impl Context {
    /// A new call by a tenant.
    #[must_use]
    pub fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            correlation_id: CorrelationId::random(),
            span: SpanId::random(),
            parent: None,
            sampled: true,
            account: None,
            actor: "program".to_owned(),
            deadline: None,
            cancel: CancelToken::new(),
        }
    }

    /// Goes on with the trace of a `traceparent` header (W3C Trace Context, version 00).
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] if the header is malformed; a version above 00 is read by its first four fields,
    /// as the standard asks.
    pub fn continue_trace(mut self, traceparent: &str) -> Result<Self> {
        let wrong = || {
            Error::new(
                ErrorKind::Validation,
                "context.traceparent",
                format!("{traceparent:?} is not a traceparent"),
            )
            .hint("it looks like 00-<32 hexadecimal digits>-<16>-<2>")
        };
        let mut fields = traceparent.trim().split('-');
        let version = fields.next().filter(|v| v.len() == 2 && *v != "ff").ok_or_else(wrong)?;
        u8::from_str_radix(version, 16).map_err(|_| wrong())?;
        self.correlation_id = fields.next().ok_or_else(wrong)?.parse().map_err(|_| wrong())?;
        self.parent = Some(fields.next().ok_or_else(wrong)?.parse().map_err(|_| wrong())?);
        let flags = fields.next().filter(|flags| flags.len() == 2).ok_or_else(wrong)?;
        self.sampled = u8::from_str_radix(flags, 16).map_err(|_| wrong())? & 1 == 1;
        if version == "00" && fields.next().is_some() {
            return Err(wrong());
        }
        self.span = SpanId::random();
        Ok(self)
    }

    /// The `traceparent` header that a request made in this context carries.
    #[must_use]
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-{:02x}", self.correlation_id, self.span, u8::from(self.sampled))
    }

    /// A step within this call: the same trace, a new span whose parent is this one's.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { parent: Some(self.span), span: SpanId::random(), cancel: self.cancel.child(), ..self.clone() }
    }

    /// On behalf of an account.
    #[must_use]
    pub fn for_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// In the name of a person or program, for the event log.
    #[must_use]
    pub fn by(mut self, actor: impl Into<String>) -> Self {
        self.actor = actor.into();
        self
    }

    /// Tied to an earlier call.
    #[must_use]
    pub fn correlated(mut self, id: CorrelationId) -> Self {
        self.correlation_id = id;
        self
    }

    /// Until this deadline, or an earlier one that was there already.
    #[must_use]
    pub fn until(mut self, deadline: Deadline) -> Self {
        self.deadline = Some(self.deadline.map_or(deadline, |earlier| earlier.min(deadline)));
        self
    }

    /// Ended by this token.
    #[must_use]
    pub fn cancelled_by(mut self, cancel: CancelToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Who owns what is touched.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// What ties everything together that this call causes.
    #[must_use]
    pub fn correlation_id(&self) -> CorrelationId {
        self.correlation_id
    }

    /// This step.
    #[must_use]
    pub fn span(&self) -> SpanId {
        self.span
    }

    /// The step that caused this one.
    #[must_use]
    pub fn parent(&self) -> Option<SpanId> {
        self.parent
    }

    /// The account that it is on behalf of.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.account
    }

    /// The person or program that asked.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Until when.
    #[must_use]
    pub fn deadline(&self) -> Option<Deadline> {
        self.deadline
    }

    /// What ends it early.
    #[must_use]
    pub fn cancel(&self) -> &CancelToken {
        &self.cancel
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::new(TenantId::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_traceparents_are_refused() {
        for header in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
            "00-éaf7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert!(Context::default().continue_trace(header).is_err(), "{header:?}");
        }
        let later = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-more";
        assert!(Context::default().continue_trace(later).unwrap().traceparent().ends_with("-00"));
    }

    #[test]
    fn a_child_keeps_the_trace_and_ends_with_its_parent() {
        let parent = Context::default().by("ada");
        let child = parent.child();
        assert_eq!(child.correlation_id(), parent.correlation_id());
        assert_eq!(child.parent(), Some(parent.span()));
        assert_eq!(child.actor(), "ada");
        parent.cancel().cancel();
        assert!(child.cancel().is_cancelled());
    }
}
