# Written by `cargo xtask gen` from xmp-surface/surface.json.
"""A class for each kind of errors."""

from __future__ import annotations
import builtins
from xmp._errors import XmpError

__all__ = [
    "AccountSuspendedError",
    "AuthenticationError",
    "AuthorizationError",
    "CancelledError",
    "CircuitOpenError",
    "ConfigurationError",
    "ConflictError",
    "ContentRejectedError",
    "DuplicateError",
    "InternalError",
    "LeaseLostError",
    "MediaError",
    "MissingScopeError",
    "NeedsConsentError",
    "NetworkError",
    "NotFoundError",
    "PlatformFaultError",
    "PolicyForbiddenError",
    "QuotaError",
    "RateLimitError",
    "SpendCapError",
    "StorageError",
    "TimeoutError",
    "UnsupportedError",
    "ValidationError",
]

class ValidationError(XmpError):
    """What was asked is wrong: nothing was stored or sent.

    The kind `validation`; its severity is `warning` where nothing more is known.
    """

class AuthenticationError(XmpError):
    """The credentials were not accepted.

    The kind `authentication`; its severity is `error` where nothing more is known.
    """

class NeedsConsentError(XmpError):
    """The account's owner has to connect it again.

    The kind `needs_consent`; its severity is `error` where nothing more is known.
    """

class AccountSuspendedError(XmpError):
    """The platform has suspended the account; its posts wait.

    The kind `account_suspended`; its severity is `error` where nothing more is known.
    """

class AuthorizationError(XmpError):
    """The credentials are good, and not allowed to do this.

    The kind `authorization`; its severity is `error` where nothing more is known.
    """

class MissingScopeError(XmpError):
    """The account was connected without a scope that this needs.

    The kind `missing_scope`; its severity is `error` where nothing more is known.
    """

class RateLimitError(XmpError):
    """A window of requests is used up; it opens again by itself.

    The kind `rate_limit`; its severity is `warning` where nothing more is known.
    """

class QuotaError(XmpError):
    """A longer cap (a day, a month) is used up.

    The kind `quota`; its severity is `error` where nothing more is known.
    """

class SpendCapError(XmpError):
    """A spending limit was reached; nothing was sent.

    The kind `spend_cap`; its severity is `error` where nothing more is known.
    """

class DuplicateError(XmpError):
    """The platform says that it already has this content.

    The kind `duplicate`; its severity is `warning` where nothing more is known.
    """

class ContentRejectedError(XmpError):
    """The platform read the content and refused it.

    The kind `content_rejected`; its severity is `warning` where nothing more is known.
    """

class MediaError(XmpError):
    """A file is not what it claims, or is not accepted.

    The kind `media`; its severity is `warning` where nothing more is known.
    """

class NotFoundError(XmpError):
    """There is no such thing, or it is not visible to this tenant or account.

    The kind `not_found`; its severity is `warning` where nothing more is known.
    """

class ConflictError(XmpError):
    """The thing has changed, or the key was used with other content.

    The kind `conflict`; its severity is `warning` where nothing more is known.
    """

class PolicyForbiddenError(XmpError):
    """The platform's automation rules forbid it; xmp refuses before sending.

    The kind `policy_forbidden`; its severity is `warning` where nothing more is known.
    """

class UnsupportedError(XmpError):
    """The platform cannot do this.

    The kind `unsupported`; its severity is `warning` where nothing more is known.
    """

class CircuitOpenError(XmpError):
    """A part of the platform keeps failing; requests to it are held back.

    The kind `circuit_open`; its severity is `warning` where nothing more is known.
    """

class TimeoutError(XmpError, builtins.TimeoutError):
    """Time ran out.

    The kind `timeout`; its severity is `error` where nothing more is known.
    """

class CancelledError(XmpError):
    """The caller stopped it.

    The kind `cancelled`; its severity is `info` where nothing more is known.
    """

class LeaseLostError(XmpError):
    """Another worker has taken the work over; nothing more is done here.

    The kind `lease_lost`; its severity is `warning` where nothing more is known.
    """

class NetworkError(XmpError):
    """The platform could not be reached, or the connection broke.

    The kind `network`; its severity is `error` where nothing more is known.
    """

class PlatformFaultError(XmpError):
    """The platform failed, or answered something unreadable.

    The kind `platform_fault`; its severity is `error` where nothing more is known.
    """

class StorageError(XmpError):
    """The store failed.

    The kind `storage`; its severity is `critical` where nothing more is known.
    """

class ConfigurationError(XmpError):
    """xmp was set up wrongly.

    The kind `configuration`; its severity is `critical` where nothing more is known.
    """

class InternalError(XmpError):
    """A defect of xmp; please report it.

    The kind `internal`; its severity is `critical` where nothing more is known.
    """

ERRORS: dict[str, type[XmpError]] = {
    "validation": ValidationError,
    "authentication": AuthenticationError,
    "needs_consent": NeedsConsentError,
    "account_suspended": AccountSuspendedError,
    "authorization": AuthorizationError,
    "missing_scope": MissingScopeError,
    "rate_limit": RateLimitError,
    "quota": QuotaError,
    "spend_cap": SpendCapError,
    "duplicate": DuplicateError,
    "content_rejected": ContentRejectedError,
    "media": MediaError,
    "not_found": NotFoundError,
    "conflict": ConflictError,
    "policy_forbidden": PolicyForbiddenError,
    "unsupported": UnsupportedError,
    "circuit_open": CircuitOpenError,
    "timeout": TimeoutError,
    "cancelled": CancelledError,
    "lease_lost": LeaseLostError,
    "network": NetworkError,
    "platform_fault": PlatformFaultError,
    "storage": StorageError,
    "configuration": ConfigurationError,
    "internal": InternalError,
}
"""The classes by their kinds."""
