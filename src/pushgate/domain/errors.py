"""All errors that Pushgate raises on purpose, in one tree with their consequences.

Columns: HTTP status of the API, whose fault it is, `again` where the same call may succeed later.
A package defines an error that only it raises below one of these classes.

PushgateError                       500  pushgate
├── InvalidRequest                  422  caller           fields of the request are wrong
│   └── PersonalError               422  caller           placeholders of a content are wrong
├── UnreadableBody                  400  caller           the body is not JSON in UTF-8
├── UnsupportedMediaType            415  caller           the body has another media type
│   └── UnsupportedEncoding         415  caller           the body is compressed
├── TooLarge                        413  caller           the request exceeds a limit
├── RequestTimedOut                 408  caller    again  the body came too slowly
├── IdempotencyKeyNotTaken          400  caller           the call takes no idempotency key
├── Unauthorized                    401  caller           there is no valid API key
│   └── DeviceUnauthorized          401  caller           a device's credential is not valid
├── Forbidden                       403  caller           the API key lacks a scope
├── NotGenuine                      403  caller           a signature or callback token is wrong
├── NotFound                        404  caller           the app has no such resource
├── Conflict                        409  caller           the resource is in another state
│   ├── IdempotencyKeyReused        409  caller           the key came with another request before
│   ├── AppInFile                   409  caller           the app is in the configuration file
│   ├── SeriesChanged               409  caller           the schedule was changed at the same time
│   ├── NoMasterKey                 409  caller           secrets cannot be stored here
│   └── OutdatedRevision            412  caller           the resource has another revision
├── PayloadRejected                 422  caller           the content exceeds a vendor's limit
├── TooManyWaiting                  429  caller    again  the app has too many unfinished messages
├── RateLimited                     429  caller    again  the API key has too many requests a second
├── TooManyRegistrations            429  caller    again  too many devices register anonymously
├── Overloaded                      503  pushgate  again  the process serves too much at once
├── ConfigurationError              500  operator         settings are wrong
│   ├── OtherStore                  500  operator         redis.url leads to another installation
│   ├── UnknownVersion              500  operator         the store has another version's format
│   └── PartlyReadable              500  operator         some of the settings are wrong
├── NotConfiguredHere               503  operator  again  this process has no settings for the app
├── SealedElsewhere                 503  operator  again  no master key here opens a secret
├── EngineUnavailable               503  engine    again  Redis or Gearman is out of reach
├── VendorError                     500  vendor    again  a vendor call failed as a whole
│   ├── VendorUnavailable           500  vendor    again  the vendor is out of reach or broken
│   ├── VendorThrottled             500  vendor    again  the vendor asks for fewer pushes
│   │   └── VendorQuotaUsedUp       500  vendor    again  the quota of the vendor's day is used up
│   └── VendorAuthError             500  operator         the vendor refuses the app's credentials
├── UnreadableJob                   500  pushgate         the bytes are not a job
├── PlanAwaited                     500  pushgate         another plan must be made first
├── StoreInUse                      500  operator         processes use a store to be migrated
├── SnapshotFailed                  500  pushgate         a backup of the store failed
├── NotAlive                        500  operator         no process answers its health check
└── ChildFailed                     500  operator         a process of `pushgate up` cannot run
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pushgate.domain.consequences import Consequences, Origin, ProblemCode
from pushgate.domain.outcome import FailureCode, RefusalScope


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, by its path (`content.en.title`), and how to put it right.

    A warning about a field has the same form.
    """

    field: str
    message: str


class PushgateError(Exception):
    """The root of all errors that Pushgate raises on purpose."""

    consequences: ClassVar[Consequences] = Consequences(origin=Origin.PUSHGATE)


class InvalidRequest(PushgateError):
    """One or more fields of a request are wrong."""

    consequences = Consequences(origin=Origin.CALLER, status=422, code=ProblemCode.INVALID_REQUEST)

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = tuple(errors)


class UnreadableBody(PushgateError):
    """The body is not UTF-8 or not JSON; the text says where."""

    consequences = Consequences(origin=Origin.CALLER, status=400, code=ProblemCode.UNREADABLE_BODY)


class UnsupportedMediaType(PushgateError):
    """The call does not take a body of this media type."""

    consequences = Consequences(origin=Origin.CALLER, status=415, code=ProblemCode.UNSUPPORTED_MEDIA_TYPE)


class UnsupportedEncoding(UnsupportedMediaType):
    """The body is compressed. The response names the encoding that is taken (RFC 9110, 12.5.3)."""


class TooLarge(PushgateError):
    """The request exceeds a limit, which the text names."""

    consequences = Consequences(origin=Origin.CALLER, status=413, code=ProblemCode.TOO_LARGE)


class RequestTimedOut(PushgateError):
    """The body did not come within the time limit, which the text names."""

    consequences = Consequences(origin=Origin.CALLER, status=408, code=ProblemCode.TOO_SLOW, retryable=True)


class IdempotencyKeyNotTaken(PushgateError):
    """The request has an Idempotency-Key, and its call takes none."""

    consequences = Consequences(origin=Origin.CALLER, status=400, code=ProblemCode.IDEMPOTENCY_KEY_NOT_TAKEN)


class Unauthorized(PushgateError):
    """The request has no API key, or one that is not valid."""

    consequences = Consequences(origin=Origin.CALLER, status=401, code=ProblemCode.UNAUTHORIZED)


class DeviceUnauthorized(Unauthorized):
    """A registration token, device secret or public id is missing or not valid; the text says
    why.
    """

    consequences = Consequences(origin=Origin.CALLER, status=401, code=ProblemCode.DEVICE_UNAUTHORIZED)


class Forbidden(PushgateError):
    """The API key is valid but lacks the scope that the call needs."""

    consequences = Consequences(origin=Origin.CALLER, status=403, code=ProblemCode.FORBIDDEN)


class NotGenuine(PushgateError):
    """A vendor's signature or a callback token is wrong. `errors` names the reports, where there
    are several.
    """

    consequences = Consequences(origin=Origin.CALLER, status=403, code=ProblemCode.NOT_GENUINE)

    def __init__(self, reason: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(reason)
        self.errors = tuple(errors)


class NotFound(PushgateError):
    """The app has no such resource."""

    consequences = Consequences(origin=Origin.CALLER, status=404, code=ProblemCode.NOT_FOUND)


class Conflict(PushgateError):
    """The resource exists but is not in the state that the call needs."""

    consequences = Consequences(origin=Origin.CALLER, status=409, code=ProblemCode.CONFLICT)


class IdempotencyKeyReused(Conflict):
    """The idempotency key was used with another request."""

    consequences = Consequences(origin=Origin.CALLER, status=409, code=ProblemCode.IDEMPOTENCY_KEY_REUSED)


class AppInFile(Conflict):
    """The app is in the configuration file, which the API does not change."""

    consequences = Consequences(origin=Origin.CALLER, status=409, code=ProblemCode.APP_IN_FILE)

    def __init__(self, app: str) -> None:
        super().__init__(
            f"the app {app} is in the configuration file: change it there, and send SIGHUP to each process"
        )


class NoMasterKey(Conflict):
    """There is no master key, so that a secret cannot be stored."""

    consequences = Consequences(origin=Origin.CALLER, status=409, code=ProblemCode.NO_MASTER_KEY)

    def __init__(self) -> None:
        super().__init__(
            "secrets are stored sealed, and there is no master key: "
            "make one with `pushgate secrets new-key`, name its file in secrets.key_file, "
            "and restart the processes"
        )


class OutdatedRevision(Conflict):
    """The resource has another revision than the one that the caller read."""

    consequences = Consequences(origin=Origin.CALLER, status=412, code=ProblemCode.OUTDATED_REVISION)


class PayloadRejected(PushgateError):
    """The content exceeds a limit of the vendor, so none of its terminals can receive this message.

    `code` is short and stable (`payload_too_large`). `field` is the path below the content or
    options (`title`, `options.apns.badge`). `reason` names the limit and the actual size, never the
    content. `excess` is the number of characters of the field, or bytes of the whole, above the
    limit; 0 for another kind of error. `measure` returns the length of a text in the vendor's unit,
    where the vendor does not count characters.
    """

    consequences = Consequences(origin=Origin.CALLER, status=422, code=ProblemCode.INVALID_REQUEST)

    def __init__(
        self,
        code: FailureCode,
        field: str,
        reason: str,
        excess: int = 0,
        measure: Callable[[str], int] = len,
    ) -> None:
        super().__init__(f"{field}: {reason}")
        self.excess = excess
        self.measure = measure
        self.code = code
        self.field = field
        self.reason = reason


class TooManyWaiting(PushgateError):
    """The app has too many unfinished messages; the text names the limit. Nothing was stored."""

    consequences = Consequences(
        origin=Origin.CALLER,
        status=429,
        code=ProblemCode.TOO_MANY_WAITING,
        retryable=True,
        retry_after=30,
    )


class RateLimited(PushgateError):
    """The API key sent more requests than its rate limit. Nothing was done.

    `seconds` is how long the caller is to wait.
    """

    consequences = Consequences(
        origin=Origin.CALLER, status=429, code=ProblemCode.RATE_LIMITED, retryable=True, retry_after=1
    )

    def __init__(self, reason: str, seconds: int) -> None:
        super().__init__(reason)
        self.seconds = seconds


class TooManyRegistrations(PushgateError):
    """More devices register without a registration token than the app's settings allow. Nothing was
    stored.
    """

    consequences = Consequences(
        origin=Origin.CALLER,
        status=429,
        code=ProblemCode.TOO_MANY_REGISTRATIONS,
        retryable=True,
        retry_after=60,
    )


class Overloaded(PushgateError):
    """This process serves too much at once; the text says what. Nothing was stored."""

    consequences = Consequences(
        origin=Origin.PUSHGATE, status=503, code=ProblemCode.OVERLOADED, retryable=True, retry_after=2
    )


class ConfigurationError(PushgateError):
    """One or more settings are wrong."""

    consequences = Consequences(origin=Origin.OPERATOR)

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("\n".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = tuple(errors)


class NotConfiguredHere(PushgateError):
    """This process has no settings for the app or vendor, which the text names. Another process may
    have them.
    """

    consequences = Consequences(
        origin=Origin.OPERATOR,
        status=503,
        code=ProblemCode.NOT_CONFIGURED_HERE,
        retryable=True,
        retry_after=5,
    )


class SealedElsewhere(PushgateError):
    """A stored secret does not open with the master keys of this process. The text names the id of
    the key and the remedy. Another process may have the key.
    """

    consequences = Consequences(
        origin=Origin.OPERATOR,
        status=503,
        code=ProblemCode.SEALED_ELSEWHERE,
        retryable=True,
        retry_after=5,
    )


class EngineUnavailable(PushgateError):
    """Redis or Gearman is out of reach."""

    consequences = Consequences(
        origin=Origin.ENGINE,
        status=503,
        code=ProblemCode.ENGINE_UNAVAILABLE,
        retryable=True,
        retry_after=2,
    )


class VendorError(PushgateError):
    """A vendor call failed as a whole. It says nothing about any one token, and nothing was
    accepted.

    `retry_after` is the delay in seconds that the vendor asked for, or None. `code` is the vendor's
    own code, safe to log and count. `scope` is what the failure is about. `kind` is the class of
    the failure in logs and metrics; dashboards use it, so it stays when a class is renamed.
    """

    kind: ClassVar[str] = "VendorError"
    consequences = Consequences(origin=Origin.VENDOR, retryable=True)

    def __init__(
        self,
        code: str,
        reason: str,
        retry_after: float | None = None,
        scope: RefusalScope = RefusalScope.APP,
    ) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.retry_after = retry_after
        self.scope = scope


class VendorUnavailable(VendorError):
    """The vendor is out of reach, or reports an internal error."""

    kind = "VendorUnavailable"


class VendorThrottled(VendorError):
    """The vendor asks for fewer pushes."""

    kind = "VendorThrottled"


class VendorQuotaUsedUp(VendorThrottled):
    """The quota of the vendor's day is used up."""


class VendorAuthError(VendorError):
    """The vendor refuses the app: wrong credentials, a missing permission, another app."""

    kind = "VendorRefused"
    consequences = Consequences(origin=Origin.OPERATOR)


class NotAlive(PushgateError):
    """No process answers at the address of its health check."""

    consequences = Consequences(origin=Origin.OPERATOR)


class ChildFailed(PushgateError):
    """A process of `pushgate up` ends again and again after its start; the text has its
    last lines.
    """

    consequences = Consequences(origin=Origin.OPERATOR)
