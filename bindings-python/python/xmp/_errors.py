"""The base of all errors that xmp raises by itself."""

from __future__ import annotations

from xmp.generated.outputs import Failure


class XmpError(Exception):
    """Something went wrong. There is one class for each kind of error below this one.

    Attributes:
        kind: What went wrong.
        code: The case within the kind, stable between versions.
        message: What was wrong, with which value, and what to do.
        retry: Whether and when to try again.
        certainty: What is certain about the outside world, where a request was to be made.
        severity: How bad it is.
        fingerprint: Groups equal errors: platform, operation, kind and code, never a value.
        platform: The platform that it happened on.
        operation: The operation that it happened in, such as `posts.create`.
        request_id: The platform's own id of the request.
        correlation_id: The id of the call that met it.
        problems: Every problem that was found, where something was checked.
        causes: What caused it, the nearest cause first.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self._failure = failure
        self.kind = failure.kind
        self.code = failure.code
        self.message = failure.message
        self.retry = failure.retry
        self.certainty = failure.certainty
        self.severity = failure.severity
        self.fingerprint = failure.fingerprint
        self.platform = failure.platform
        self.operation = failure.operation
        self.request_id = failure.request_id
        self.correlation_id = failure.correlation_id
        self.problems = failure.problems
        self.causes = failure.causes

    def __reduce__(self) -> tuple[type[XmpError], tuple[Failure]]:
        return type(self), (self._failure,)
