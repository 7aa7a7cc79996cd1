"""The types of problems that the API answers with: titles and remedies for the codes of errors.

Status and retry delay come from the consequences of the error. A test compares `markdown_table`
with the reference of errors.
"""

from dataclasses import dataclass

from pushgate.domain.consequences import Consequences, Origin, ProblemCode
from pushgate.domain.errors import (
    AppInFile,
    Conflict,
    DeviceUnauthorized,
    EngineUnavailable,
    Forbidden,
    IdempotencyKeyNotTaken,
    IdempotencyKeyReused,
    InvalidRequest,
    NoMasterKey,
    NotConfiguredHere,
    NotFound,
    NotGenuine,
    OutdatedRevision,
    Overloaded,
    PushgateError,
    RateLimited,
    RequestTimedOut,
    SealedElsewhere,
    TooLarge,
    TooManyRegistrations,
    TooManyWaiting,
    Unauthorized,
    UnreadableBody,
    UnsupportedMediaType,
)

TYPE_PREFIX = "urn:pushgate:problem:"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """What is common to all problems of one code."""

    consequences: Consequences
    title: str
    remedy: str
    """What the caller can do, for the reference."""

    @property
    def code(self) -> ProblemCode:
        """The code that names this type."""
        return self.consequences.code

    @property
    def status(self) -> int:
        """The HTTP status of the response."""
        return self.consequences.status

    @property
    def retry_after(self) -> int | None:
        """Seconds after which the same request may succeed."""
        return self.consequences.retry_after


_MALFORMED_HTTP = Consequences(origin=Origin.CALLER, status=400, code=ProblemCode.MALFORMED_HTTP)
_METHOD_NOT_ALLOWED = Consequences(origin=Origin.CALLER, status=405, code=ProblemCode.METHOD_NOT_ALLOWED)
_HEADERS_TOO_LARGE = Consequences(origin=Origin.CALLER, status=431, code=ProblemCode.HEADERS_TOO_LARGE)
_OUTCOME_UNKNOWN = Consequences(
    origin=Origin.ENGINE, status=503, code=ProblemCode.OUTCOME_UNKNOWN, retryable=True, retry_after=2
)
_TOO_MANY_CONNECTIONS = Consequences(
    origin=Origin.CALLER,
    status=503,
    code=ProblemCode.TOO_MANY_CONNECTIONS,
    retryable=True,
    retry_after=2,
)

_TYPES = (
    ProblemType(_MALFORMED_HTTP, "Not HTTP/1.1", "Use an HTTP/1.1 client, or a proxy that sends HTTP/1.1."),
    ProblemType(
        UnreadableBody.consequences,
        "The body cannot be read",
        "Send a body in the form of this call: JSON in UTF-8.",
    ),
    ProblemType(
        IdempotencyKeyNotTaken.consequences,
        "No idempotency key here",
        "Leave `Idempotency-Key` out: most calls may be repeated as they are. A repeated `POST /v1/keys` "
        "makes another key.",
    ),
    ProblemType(
        Unauthorized.consequences,
        "An API key is needed",
        "Send `Authorization: Bearer <API key>` with a valid key.",
    ),
    ProblemType(
        DeviceUnauthorized.consequences,
        "The device is not authorized",
        "Send the device secret of this device. Without one, register again with a new registration token "
        "from your backend.",
    ),
    ProblemType(Forbidden.consequences, "Not allowed", "Use a key with the scope that `detail` names."),
    ProblemType(
        NotGenuine.consequences,
        "Not genuine",
        "The callback token or the vendor's signature is wrong. `errors` names the reports; the genuine "
        "ones are counted. Do not repeat the request.",
    ),
    ProblemType(
        NotFound.consequences, "Not found", "Check the path and the id; the id may be another app's."
    ),
    ProblemType(_METHOD_NOT_ALLOWED, "Method not allowed", "Use one of the methods in the header `Allow`."),
    ProblemType(
        RequestTimedOut.consequences,
        "Too slow",
        "Send headers within `api.header_timeout` and the body within `api.body_timeout`. Nothing was "
        "stored, except the lines of an import that `detail` names.",
    ),
    ProblemType(
        Conflict.consequences,
        "Conflict",
        "The resource is not in the state that this call needs; read the resource.",
    ),
    ProblemType(
        IdempotencyKeyReused.consequences,
        "Idempotency key used before",
        "The key was used with another request: use a new key.",
    ),
    ProblemType(
        AppInFile.consequences,
        "The app is in the configuration file",
        "Change the app in the file, and send SIGHUP to each process; or take it out of the file, and make "
        "it by API.",
    ),
    ProblemType(
        NoMasterKey.consequences,
        "No master key",
        "Secrets are stored sealed only: the operator has to make a master key and name its file in "
        "`secrets.key_file`. Nothing was stored.",
    ),
    ProblemType(
        OutdatedRevision.consequences,
        "Outdated revision",
        "Somebody else changed the resource since you read it: read it again, and send your change with its "
        "`revision` in `If-Match`. Nothing was stored.",
    ),
    ProblemType(TooLarge.consequences, "Too large", "Send less at once; `detail` names the limit."),
    ProblemType(
        UnsupportedMediaType.consequences,
        "Unsupported media type",
        "Send the Content-Type that `detail` names.",
    ),
    ProblemType(
        InvalidRequest.consequences,
        "The request is not valid",
        "Correct the fields and parameters that `errors` names.",
    ),
    ProblemType(
        _HEADERS_TOO_LARGE,
        "Headers too large",
        "Send at most 64 KB of headers, the request's line included.",
    ),
    ProblemType(
        TooManyRegistrations.consequences,
        "Too many registrations",
        "Register again after `Retry-After`, or with a registration token. The app's settings "
        "`max_anonymous_registrations` and `max_anonymous_registrations_per_client` are the limits.",
    ),
    ProblemType(
        TooManyWaiting.consequences,
        "Too much is waiting",
        "Nothing was stored. Repeat the request after `Retry-After`; the limit is `api.max_waiting`.",
    ),
    ProblemType(
        RateLimited.consequences,
        "Too many requests a second",
        "Nothing was done. Repeat the request after `Retry-After`; the limit is `rate_limit` of the API key.",
    ),
    ProblemType(
        PushgateError.consequences,
        "Internal error",
        "Pushgate's own fault. Report it, with the log line of this request.",
    ),
    ProblemType(
        EngineUnavailable.consequences,
        "Temporarily unavailable",
        "Redis or Gearman is out of reach. Nothing was stored. Repeat the request after `Retry-After`.",
    ),
    ProblemType(
        _OUTCOME_UNKNOWN,
        "Outcome unknown",
        "Redis failed between the request and its answer, so that the request may have been carried out. "
        "Repeat it after `Retry-After`, with the same `Idempotency-Key` where it creates messages. "
        "`detail` says how.",
    ),
    ProblemType(
        Overloaded.consequences,
        "Too much at once",
        "Nothing was stored. Repeat the request after `Retry-After`.",
    ),
    ProblemType(
        _TOO_MANY_CONNECTIONS,
        "Too many connections",
        "Use fewer connections at once, or ask for a higher `api.max_connections_per_client`.",
    ),
    ProblemType(
        NotConfiguredHere.consequences,
        "Not configured in this process",
        "The process that answered has no settings for the app or vendor. Repeat the request after "
        "`Retry-After`: another process may have them.",
    ),
    ProblemType(
        SealedElsewhere.consequences,
        "Sealed with another master key",
        "The process that answered lacks the master key that `detail` names: the operator has to add the "
        "key to `secrets.key_file`. Nothing is lost.",
    ),
)

PROBLEM_TYPES: dict[ProblemCode, ProblemType] = {problem.code: problem for problem in _TYPES}


def type_uri(code: ProblemCode) -> str:
    """The URI that names the type of a problem (RFC 9457, `type`)."""
    return TYPE_PREFIX + code


def markdown_table() -> str:
    """The rows of the reference, by status and code."""
    rows = (
        f"| `{problem.code}` | {problem.status} | {problem.title} | {problem.remedy} |"
        for problem in sorted(_TYPES, key=lambda problem: (problem.status, problem.code))
    )
    return "\n".join(["| `code` | Status | `title` | What to do |", "|---|---|---|---|", *rows])
