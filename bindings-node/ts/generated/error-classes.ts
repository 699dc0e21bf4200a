// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

import * as errors from "./errors.js";

/** The class of each kind. */
export const CLASSES = {
  validation: errors.ValidationError,
  authentication: errors.AuthenticationError,
  needs_consent: errors.NeedsConsentError,
  account_suspended: errors.AccountSuspendedError,
  authorization: errors.AuthorizationError,
  missing_scope: errors.MissingScopeError,
  rate_limit: errors.RateLimitError,
  quota: errors.QuotaError,
  spend_cap: errors.SpendCapError,
  duplicate: errors.DuplicateError,
  content_rejected: errors.ContentRejectedError,
  media: errors.MediaError,
  not_found: errors.NotFoundError,
  conflict: errors.ConflictError,
  policy_forbidden: errors.PolicyForbiddenError,
  unsupported: errors.UnsupportedError,
  circuit_open: errors.CircuitOpenError,
  timeout: errors.TimeoutError,
  cancelled: errors.CancelledError,
  lease_lost: errors.LeaseLostError,
  network: errors.NetworkError,
  platform_fault: errors.PlatformFaultError,
  storage: errors.StorageError,
  configuration: errors.ConfigurationError,
  internal: errors.InternalError,
};

// On the prototypes, where the classes of the language have it: errors show it without a field of their own.
for (const of of Object.values(CLASSES)) {
  Object.defineProperty(of.prototype, "name", { value: of.name });
}
