"""Checks the recorded HTTP requests of the tests against X's own OpenAPI specification.

    python spec_check.py DIR SPEC

DIR holds JSON-lines files, one request a line: `method`, `path` (with the query, as sent), `headers`, `body_base64`,
`content_type`. SPEC is X's `openapi.json`.

openapi-core does the validation. Three things are done here, because openapi-core lets them pass or misreads them:

- security: it knows no `oauth2` scheme and accepts such an operation without any credentials;
- query parameters that the operation does not have: it ignores them (and so does X, silently);
- multipart bodies: it reads binary parts as text, drops unknown fields, and takes the integer "0" for a string.

Exit code: 0 when every request fits; 1 on a violation, an operation that the specification does not have, or no
request to check at all; 2 when the arguments are wrong.
"""

import base64
import binascii
import json
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from jsonschema_path import SchemaPath
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import OperationNotFound, PathNotFound
from openapi_core.templating.paths.finders import APICallPathFinder
from werkzeug.datastructures import Headers, ImmutableMultiDict
from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header

SERVER = "https://api.x.com"

# X's token endpoints speak OAuth 2.0 and are not in the specification.
OUTSIDE = "/2/oauth2/"

# The multipart body of an operation, decoded to plain data, is validated under this media type.
DECODED_FORM = "application/x-decoded-form"

# What the Authorization header starts with, for each security scheme of the specification.
CREDENTIALS = {"OAuth2UserToken": "bearer", "BearerToken": "bearer", "UserToken": "oauth"}


class Violation(Exception):
    """One way in which a request does not fit the specification."""


@dataclass
class Recorded:
    """A request as a test sent it, in the shape that openapi-core asks for."""

    method: str
    path: str
    query: tuple
    headers: dict
    body: bytes
    content_type: str
    host_url: str = SERVER
    parameters: RequestParameters = field(init=False)

    def __post_init__(self):
        self.parameters = RequestParameters(
            path={},
            query=ImmutableMultiDict(self.query),
            header=Headers(self.headers),
            cookie=ImmutableMultiDict(),
        )

    @classmethod
    def from_line(cls, line):
        """Reads one line of a recording; raises ValueError with what is wrong with it."""
        raw = json.loads(line)
        if not isinstance(raw, dict):
            raise ValueError("the line is not a JSON object")
        for name in ("method", "path"):
            if not isinstance(raw.get(name), str):
                raise ValueError(f"`{name}` is missing or is not a string")
        try:
            body = base64.b64decode(raw.get("body_base64") or "", validate=True)
        except binascii.Error as error:
            raise ValueError(f"`body_base64` is not base64: {error}") from error
        headers = {str(name): str(value) for name, value in (raw.get("headers") or {}).items()}
        declared = (value for name, value in headers.items() if name.lower() == "content-type")
        url = urlsplit(raw["path"])
        return cls(
            method=raw["method"].lower(),
            path=url.path,
            query=tuple(parse_qsl(url.query, keep_blank_values=True)),
            headers=headers,
            body=body,
            content_type=raw.get("content_type") or next(declared, ""),
        )

    def authorization(self):
        """The scheme of the Authorization header in lower case, or nothing."""
        return self.parameters.header.get("Authorization", "").partition(" ")[0].lower()

    def key(self):
        """Two requests that the specification cannot tell apart have equal keys."""
        return (self.method, self.path, self.query, self.authorization(), self.content_type, self.body)

    def __str__(self):
        query = "?" + "&".join(f"{name}={value}" for name, value in self.query) if self.query else ""
        shown = self.body[:400].decode("utf-8", "replace")
        more = f" … ({len(self.body)} bytes)" if len(self.body) > 400 else ""
        body = f"\n      {self.content_type or 'no content type'}: {shown!r}{more}" if self.body else ""
        return f"{self.method.upper()} {self.path}{query}{body}"


class Checker:
    """X's specification, ready to judge requests. Takes the specification over and changes it."""

    def __init__(self, spec):
        self.security = {}
        for path, item in spec["paths"].items():
            for method, operation in item.items():
                if isinstance(operation, dict):
                    self._prepare(spec, path, method, operation)
        # The validator of the specification itself stays off: X's file has duplicate enum values, which says
        # nothing about our requests.
        config = Config(spec_validator_cls=None, extra_media_type_deserializers={DECODED_FORM: _load_form})
        self.api = OpenAPI.from_dict(spec, config=config)
        self.finder = APICallPathFinder(SchemaPath.from_dict(spec))

    def _prepare(self, spec, path, method, operation):
        """Takes security over from openapi-core, and gives a multipart body a twin for its decoded form."""
        self.security[path, method] = operation.get("security", spec.get("security", []))
        operation["security"] = []
        content = operation.get("requestBody", {}).get("content", {})
        if "multipart/form-data" in content:
            content[DECODED_FORM] = content["multipart/form-data"]

    def check(self, request):
        """Returns the operation, as "METHOD /path/{template}"; raises Violation."""
        try:
            found = self.finder.find(request.method, request.host_url + request.path)
        except (PathNotFound, OperationNotFound) as error:
            raise Violation(f"the specification has no such operation: {error}") from error
        path = found.path.parts[-1]
        self._check_security(path, request)
        _check_query_names(found, request)
        if request.content_type.lower().startswith("multipart/form-data"):
            request = _decode_form(found.operation, request)
        errors = [_sentence(error) for error in self.api.iter_apicall_request_errors(request)]
        if errors:
            raise Violation("; ".join(errors))
        return f"{request.method.upper()} {path}"

    def _check_security(self, path, request):
        alternatives = self.security[path, request.method]
        schemes = sorted({name for alternative in alternatives for name in alternative})
        if not schemes or {} in alternatives:
            return
        for name in schemes:
            if name not in CREDENTIALS:
                raise Violation(f"the security scheme {name} is new in the specification: add it to CREDENTIALS")
        if request.authorization() not in {CREDENTIALS[name] for name in schemes}:
            sent = request.authorization() or "no Authorization header"
            raise Violation(f"credentials: {sent} was sent, and the operation takes {' or '.join(schemes)}")


def _check_query_names(found, request):
    known = {
        (parameter / "name").read_str()
        for place in (found.path, found.operation)
        for parameter in place.get("parameters", [])
        if (parameter / "in").read_str() == "query"
    }
    unknown = sorted({name for name, _ in request.query} - known)
    if unknown:
        raise Violation(f"the operation has no query parameter {', '.join(unknown)}")
    twice = sorted(name for name, count in Counter(name for name, _ in request.query).items() if count > 1)
    if twice:
        raise Violation(f"sent more than once, where X takes one comma separated value: {', '.join(twice)}")


def _decode_form(operation, request):
    """Turns a multipart body into JSON, typed as the operation's schema wants it."""
    _, options = parse_options_header(request.content_type)
    boundary = options.get("boundary")
    if not boundary:
        raise Violation("the multipart content type has no boundary")
    try:
        parser = MultiPartParser()
        fields, files = parser.parse(BytesIO(request.body), boundary.encode("ascii"), len(request.body))
    except ValueError as error:
        raise Violation(f"the multipart body cannot be read: {error}") from error
    content = operation / "requestBody" / "content"
    if "multipart/form-data" not in content:
        raise Violation("the operation takes no multipart body")
    schema = content / "multipart/form-data" / "schema"
    properties = schema / "properties" if "properties" in schema else {}
    decoded = {}
    for name, values in [*files.lists(), *fields.lists()]:
        if name in decoded or len(values) > 1:
            raise Violation(f"the multipart body has the field {name} more than once")
        if name in files:
            with values[0].stream as stream:
                decoded[name] = base64.b64encode(stream.read()).decode("ascii")
        elif name in properties:
            decoded[name] = _typed(name, values[0], (properties / name).get("type"))
        else:
            decoded[name] = values[0]
    return replace(request, body=json.dumps(decoded).encode(), content_type=DECODED_FORM)


def _typed(name, text, kind):
    if kind == "integer":
        try:
            return int(text)
        except ValueError as error:
            raise Violation(f"the multipart field {name} is {text!r}, and the schema wants an integer") from error
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _load_form(body, **_):
    return json.loads(body)


def _sentence(error):
    """openapi-core wraps the reason; the innermost error says which value is wrong."""
    place = f"{error.location} parameter {error.name}" if hasattr(error, "location") else "body"
    while error.__cause__ is not None and isinstance(error.__cause__, OpenAPIError):
        error = error.__cause__
    details = getattr(error, "schema_errors", None)
    if details:
        return "; ".join(f"{'/'.join([place, *map(str, d.absolute_path)])}: {d.message}" for d in details)
    return f"{place}: {str(error) or type(error).__name__}"


def read_recordings(folder):
    """Yields (where, request) for each line of each recording; raises ValueError naming the line."""
    for file in sorted(Path(folder).glob("**/*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    yield f"{file.name}:{number}", Recorded.from_line(line)
                except (ValueError, AttributeError) as error:
                    raise ValueError(f"{file.name}:{number}: the recording cannot be read: {error}") from error


def main(arguments, out=print):
    """Runs the check and returns the exit code."""
    if len(arguments) != 2:
        out("usage: spec_check.py DIR SPEC")
        return 2
    folder, spec = arguments
    checker = Checker(json.loads(Path(spec).read_text(encoding="utf-8")))
    verdicts, sent, distinct, outside = {}, Counter(), Counter(), Counter()
    violations, elsewhere = [], 0
    try:
        for where, request in read_recordings(folder):
            if not request.path.startswith("/2/"):
                elsewhere += 1
                continue
            if request.path.startswith(OUTSIDE):
                outside[f"{request.method.upper()} {request.path}"] += 1
                continue
            key = request.key()
            if key not in verdicts:
                try:
                    verdicts[key] = checker.check(request)
                    distinct[verdicts[key]] += 1
                except Violation as violation:
                    verdicts[key] = None
                    violations.append((where, request, violation))
            if verdicts[key] is not None:
                sent[verdicts[key]] += 1
    except ValueError as error:
        out(f"{error}")
        return 1

    for operation in sorted(sent):
        out(f"  ok  {operation}: {sent[operation]} sent, {distinct[operation]} distinct")
    for operation in sorted(outside):
        out(f"   -  {operation}: {outside[operation]} sent, OAuth 2.0, not in the specification")
    if elsewhere:
        out(f"   -  {elsewhere} sent outside of /2/, not checked")
    for where, request, violation in violations:
        out(f"  BAD {where}: {violation}\n      {request}")
    out(f"{sum(sent.values())} requests to {len(sent)} operations fit the specification, {len(violations)} do not")
    if not verdicts:
        out("No request was checked: did the tests record any?")
    return 1 if violations or not verdicts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
