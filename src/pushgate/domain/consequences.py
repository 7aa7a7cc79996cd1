"""What follows from an error: who can act on it, whether trying again helps, the API's response.

`domain.errors` gives each error its consequences; `api.problem_types` adds titles and remedies.
"""

from dataclasses import dataclass
from enum import StrEnum


class ProblemCode(StrEnum):
    """What went wrong, for programs: codes are stable, texts are not."""

    MALFORMED_HTTP = "malformed_http"
    UNREADABLE_BODY = "unreadable_body"
    IDEMPOTENCY_KEY_NOT_TAKEN = "idempotency_key_not_taken"
    UNAUTHORIZED = "unauthorized"
    DEVICE_UNAUTHORIZED = "device_unauthorized"
    FORBIDDEN = "forbidden"
    NOT_GENUINE = "not_genuine"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TOO_SLOW = "too_slow"
    CONFLICT = "conflict"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    NO_MASTER_KEY = "no_master_key"
    APP_IN_FILE = "app_in_file"
    OUTDATED_REVISION = "outdated_revision"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INVALID_REQUEST = "invalid_request"
    HEADERS_TOO_LARGE = "headers_too_large"
    TOO_MANY_WAITING = "too_many_waiting"
    RATE_LIMITED = "rate_limited"
    TOO_MANY_REGISTRATIONS = "too_many_registrations"
    INTERNAL_ERROR = "internal_error"
    ENGINE_UNAVAILABLE = "engine_unavailable"
    OUTCOME_UNKNOWN = "outcome_unknown"
    OVERLOADED = "overloaded"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    NOT_CONFIGURED_HERE = "not_configured_here"
    SEALED_ELSEWHERE = "sealed_elsewhere"


class Origin(StrEnum):
    """Whose fault an error is, and so who can mend it."""

    CALLER = "caller"
    OPERATOR = "operator"
    ENGINE = "engine"
    """Redis or Gearman."""
    VENDOR = "vendor"
    PUSHGATE = "pushgate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What follows from an error of one class."""

    origin: Origin
    status: int = 500
    """The HTTP status of the API's response."""

    code: ProblemCode = ProblemCode.INTERNAL_ERROR
    """The code of the API's problem document. An internal error is logged, and its text stays in
    the log.
    """

    retryable: bool = False
    """Whether the same call may succeed later although nobody mends anything."""

    retry_after: int | None = None
    """Seconds after which an API caller should try again."""
