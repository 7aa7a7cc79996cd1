"""The types of problems that the API answers with: one table of codes, statuses, titles and remedies.

`docs/reference/errors.md` lists the same table; a test compares them.
"""

from dataclasses import dataclass
from enum import StrEnum

TYPE_PREFIX = "urn:pushgate:problem:"


class ProblemCode(StrEnum):
    """What went wrong, for programs: codes are stable, texts are not."""

    MALFORMED_HTTP = "malformed_http"
    UNREADABLE_BODY = "unreadable_body"
    IDEMPOTENCY_KEY_NOT_TAKEN = "idempotency_key_not_taken"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_GENUINE = "not_genuine"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TOO_SLOW = "too_slow"
    CONFLICT = "conflict"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INVALID_REQUEST = "invalid_request"
    HEADERS_TOO_LARGE = "headers_too_large"
    TOO_MANY_WAITING = "too_many_waiting"
    INTERNAL_ERROR = "internal_error"
    ENGINE_UNAVAILABLE = "engine_unavailable"
    OUTCOME_UNKNOWN = "outcome_unknown"
    OVERLOADED = "overloaded"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    NOT_CONFIGURED_HERE = "not_configured_here"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """What is common to all problems of one code."""

    status: int
    title: str
    remedy: str
    """What the caller can do, for the reference."""

    retry_after: int | None = None
    """Seconds after which the same request may succeed."""


TYPES: dict[ProblemCode, ProblemType] = {
    ProblemCode.MALFORMED_HTTP: ProblemType(
        400, "Not HTTP/1.1", "Use an HTTP/1.1 client, or a proxy that sends HTTP/1.1."
    ),
    ProblemCode.UNREADABLE_BODY: ProblemType(
        400, "The body cannot be read", "Send a body in the form of this call: JSON in UTF-8."
    ),
    ProblemCode.IDEMPOTENCY_KEY_NOT_TAKEN: ProblemType(
        400, "No idempotency key here", "Leave `Idempotency-Key` out: this call may be repeated as it is."
    ),
    ProblemCode.UNAUTHORIZED: ProblemType(
        401, "An API key is needed", "Send `Authorization: Bearer <API key>` with a valid key."
    ),
    ProblemCode.FORBIDDEN: ProblemType(403, "Not allowed", "Use a key with the scope that `detail` names."),
    ProblemCode.NOT_GENUINE: ProblemType(
        403,
        "Not genuine",
        "The callback token or the vendor's signature is wrong. `errors` names the reports; the genuine ones "
        "are counted. Do not repeat the request.",
    ),
    ProblemCode.NOT_FOUND: ProblemType(
        404, "Not found", "Check the path and the id; the id may be another app's."
    ),
    ProblemCode.METHOD_NOT_ALLOWED: ProblemType(
        405, "Method not allowed", "Use one of the methods in the header `Allow`."
    ),
    ProblemCode.TOO_SLOW: ProblemType(
        408,
        "Too slow",
        "Send headers within `api.header_timeout` and the body within `api.body_timeout`. Nothing was stored, but for the "
        "lines of an import that `detail` names.",
    ),
    ProblemCode.CONFLICT: ProblemType(
        409, "Conflict", "The resource is past the state that this call needs; read the resource."
    ),
    ProblemCode.IDEMPOTENCY_KEY_REUSED: ProblemType(
        409, "Idempotency key used before", "The key was used with another request: use a new key."
    ),
    ProblemCode.TOO_LARGE: ProblemType(413, "Too large", "Send less at once; `detail` names the limit."),
    ProblemCode.UNSUPPORTED_MEDIA_TYPE: ProblemType(
        415, "Unsupported media type", "Send the Content-Type that `detail` names."
    ),
    ProblemCode.INVALID_REQUEST: ProblemType(
        422, "The request is not valid", "Correct the fields and parameters that `errors` names."
    ),
    ProblemCode.HEADERS_TOO_LARGE: ProblemType(
        431, "Headers too large", "Send at most 64 KB of headers, the request's line included."
    ),
    ProblemCode.TOO_MANY_WAITING: ProblemType(
        429,
        "Too much is waiting",
        "Nothing was stored. Repeat the request after `Retry-After`; the limit is `api.max_waiting`.",
        retry_after=30,
    ),
    ProblemCode.INTERNAL_ERROR: ProblemType(
        500, "Internal error", "Pushgate's own fault. Report it, with the log line of this request."
    ),
    ProblemCode.ENGINE_UNAVAILABLE: ProblemType(
        503,
        "Temporarily unavailable",
        "Redis or Gearman is out of reach. Nothing was stored. Repeat the request after `Retry-After`.",
        retry_after=2,
    ),
    ProblemCode.OUTCOME_UNKNOWN: ProblemType(
        503,
        "Outcome unknown",
        "Redis failed between the request and its answer, so that the request may have been carried out. Repeat it after "
        "`Retry-After`, with the same `Idempotency-Key` where it creates messages. `detail` says how.",
        retry_after=2,
    ),
    ProblemCode.OVERLOADED: ProblemType(
        503,
        "Too much at once",
        "Nothing was stored. Repeat the request after `Retry-After`.",
        retry_after=2,
    ),
    ProblemCode.TOO_MANY_CONNECTIONS: ProblemType(
        503,
        "Too many connections",
        "Use fewer connections at once, or ask for a higher `api.max_connections_per_client`.",
        retry_after=2,
    ),
    ProblemCode.NOT_CONFIGURED_HERE: ProblemType(
        503,
        "Not configured in this process",
        "The process that answered has no settings for the app or vendor. Repeat the request after `Retry-After`: another process may have them.",
        retry_after=5,
    ),
}


def type_of(code: ProblemCode) -> str:
    """The URI that names the type of a problem (RFC 9457, `type`)."""
    return TYPE_PREFIX + code


def table() -> str:
    """The rows of the reference, in Markdown."""
    rows = (
        f"| `{code}` | {kind.status} | {kind.title} | {kind.remedy} |"
        for code, kind in sorted(TYPES.items(), key=lambda item: (item[1].status, item[0]))
    )
    return "\n".join(["| `code` | Status | `title` | What to do |", "|---|---|---|---|", *rows])
