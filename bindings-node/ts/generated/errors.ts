// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

import { XmpErrorBase } from "../runtime/error-base.js";

/** What was asked is wrong: nothing was stored or sent. Severity where nothing more is known: `warning`. */
export class ValidationError extends XmpErrorBase<"validation"> {}

/** The credentials were not accepted. Severity where nothing more is known: `error`. */
export class AuthenticationError extends XmpErrorBase<"authentication"> {}

/** The account's owner has to connect it again. Severity where nothing more is known: `error`. */
export class NeedsConsentError extends XmpErrorBase<"needs_consent"> {}

/** The platform has suspended the account; its posts wait. Severity where nothing more is known: `error`. */
export class AccountSuspendedError extends XmpErrorBase<"account_suspended"> {}

/** The credentials are good, and not allowed to do this. Severity where nothing more is known: `error`. */
export class AuthorizationError extends XmpErrorBase<"authorization"> {}

/** The account was connected without a scope that this needs. Severity where nothing more is known: `error`. */
export class MissingScopeError extends XmpErrorBase<"missing_scope"> {}

/** A window of requests is used up; it opens again by itself. Severity where nothing more is known: `warning`. */
export class RateLimitError extends XmpErrorBase<"rate_limit"> {}

/** A longer cap (a day, a month) is used up. Severity where nothing more is known: `error`. */
export class QuotaError extends XmpErrorBase<"quota"> {}

/** A spending limit was reached; nothing was sent. Severity where nothing more is known: `error`. */
export class SpendCapError extends XmpErrorBase<"spend_cap"> {}

/** The platform says that it already has this content. Severity where nothing more is known: `warning`. */
export class DuplicateError extends XmpErrorBase<"duplicate"> {}

/** The platform read the content and refused it. Severity where nothing more is known: `warning`. */
export class ContentRejectedError extends XmpErrorBase<"content_rejected"> {}

/** A file is not what it claims, or is not accepted. Severity where nothing more is known: `warning`. */
export class MediaError extends XmpErrorBase<"media"> {}

/**
 * There is no such thing, or it is not visible to this tenant or account. Severity where nothing more is known:
 * `warning`.
 */
export class NotFoundError extends XmpErrorBase<"not_found"> {}

/** The thing has changed, or the key was used with other content. Severity where nothing more is known: `warning`. */
export class ConflictError extends XmpErrorBase<"conflict"> {}

/**
 * The platform's automation rules forbid it; xmp refuses before sending. Severity where nothing more is known:
 * `warning`.
 */
export class PolicyForbiddenError extends XmpErrorBase<"policy_forbidden"> {}

/** The platform cannot do this. Severity where nothing more is known: `warning`. */
export class UnsupportedError extends XmpErrorBase<"unsupported"> {}

/**
 * A part of the platform keeps failing; requests to it are held back. Severity where nothing more is known:
 * `warning`.
 */
export class CircuitOpenError extends XmpErrorBase<"circuit_open"> {}

/** Time ran out. Severity where nothing more is known: `error`. */
export class TimeoutError extends XmpErrorBase<"timeout"> {}

/** The caller stopped it. Severity where nothing more is known: `info`. */
export class CancelledError extends XmpErrorBase<"cancelled"> {}

/**
 * Another worker has taken the work over; nothing more is done here. Severity where nothing more is known: `warning`.
 */
export class LeaseLostError extends XmpErrorBase<"lease_lost"> {}

/** The platform could not be reached, or the connection broke. Severity where nothing more is known: `error`. */
export class NetworkError extends XmpErrorBase<"network"> {}

/** The platform failed, or answered something unreadable. Severity where nothing more is known: `error`. */
export class PlatformFaultError extends XmpErrorBase<"platform_fault"> {}

/** The store failed. Severity where nothing more is known: `critical`. */
export class StorageError extends XmpErrorBase<"storage"> {}

/** xmp was set up wrongly. Severity where nothing more is known: `critical`. */
export class ConfigurationError extends XmpErrorBase<"configuration"> {}

/** A defect of xmp; please report it. Severity where nothing more is known: `critical`. */
export class InternalError extends XmpErrorBase<"internal"> {}

/** Any error of xmp: `instanceof XmpError` is true for all of them, and `switch (error.kind)` tells them apart. */
export type XmpError =
  | ValidationError
  | AuthenticationError
  | NeedsConsentError
  | AccountSuspendedError
  | AuthorizationError
  | MissingScopeError
  | RateLimitError
  | QuotaError
  | SpendCapError
  | DuplicateError
  | ContentRejectedError
  | MediaError
  | NotFoundError
  | ConflictError
  | PolicyForbiddenError
  | UnsupportedError
  | CircuitOpenError
  | TimeoutError
  | CancelledError
  | LeaseLostError
  | NetworkError
  | PlatformFaultError
  | StorageError
  | ConfigurationError
  | InternalError;

/** The class above all errors of xmp, as what its objects are: one of the kinds. */
export const XmpError = XmpErrorBase as unknown as abstract new (...args: never) => XmpError;
