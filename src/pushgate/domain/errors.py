"""Everything that can go wrong, in one tree: whose fault it is, and whether trying again can help.

PushgateError
├── InvalidRequest        the caller's: what was sent is wrong; names each bad field
├── TooLarge              the caller's: more than a bound allows
├── RequestTimedOut               the caller's: the body did not come in time
├── IdempotencyKeyNotTaken           the caller's: an idempotency key for a call that takes none
├── Unauthorized          the caller's: no key, or not a valid one
├── Forbidden             the caller's: the key lacks a scope
├── NotFound              the caller's: no such thing for this app
├── Conflict              the caller's: the thing is past the state this needs
│   └── IdempotencyKeyReused             the caller's: an idempotency key came with another body
├── ConfigurationError    the operator's: names each bad setting
├── NotConfiguredHere     the operator's: this process lacks the app's settings; another process may have them
├── EngineUnavailable     an engine's: Redis or Gearman is out of reach; try again
└── VendorError           a vendor call as a whole, not one token; carries when to try again
    ├── VendorUnavailable     the vendor is out of reach or broken; try again
    ├── VendorThrottled       the vendor asks for less; try again later
    └── VendorAuthError         the vendor refuses us (credentials, permission): an operator must act
PayloadRejected                the content breaks a limit of the vendor: permanent for this message
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pushgate.domain.outcome import RefusalScope


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field: its path (`content.en.title`) and what is wrong with it and how to put it right."""

    field: str
    message: str


class PushgateError(Exception):
    """The root of all errors that Pushgate raises on purpose."""


class InvalidRequest(PushgateError):
    """What the caller sent is wrong in one or more fields."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = tuple(errors)


class TooLarge(PushgateError):
    """What the caller sent is larger than a bound allows; the text names the bound."""


class Unauthorized(PushgateError):
    """The request brought no API key, or one that is not valid."""


class Forbidden(PushgateError):
    """The API key is valid but lacks the scope this call needs."""


class IdempotencyKeyNotTaken(PushgateError):
    """The request has an Idempotency-Key, and its call takes none."""


class NotFound(PushgateError):
    """There is no such thing for this app."""


class Conflict(PushgateError):
    """The thing exists but is past the state that this call needs."""


class IdempotencyKeyReused(Conflict):
    """The idempotency key was used with another body."""


class TooManyWaiting(PushgateError):
    """So much waits already that no more is taken; the text names the bound. Nothing was stored."""


class Overloaded(PushgateError):
    """So much is in hand just now that no more is begun; the text says what. Nothing was stored."""


class RequestTimedOut(PushgateError):
    """The caller's: the body did not come within its time; the text names the limit."""


class ConfigurationError(PushgateError):
    """The configuration is wrong in one or more settings."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("\n".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = tuple(errors)


class NotConfiguredHere(PushgateError):
    """This process has no settings for the app or the vendor; another process may have them. The text names them."""


class EngineUnavailable(PushgateError):
    """Redis or Gearman is out of reach; the same call may succeed later."""


class VendorError(PushgateError):
    """A vendor call failed as a whole: says nothing about any one token.

    `retry_after` is the delay in seconds the vendor asked for, or None when it asked for none.
    `code` is the vendor's own code, safe to log and count. `scope` is what the failure is about.
    """

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
    """The vendor is out of reach, or answers that it is broken. Nothing was accepted."""


class VendorThrottled(VendorError):
    """The vendor asks us to send less. Nothing was accepted."""


class VendorAuthError(VendorError):
    """The vendor refuses us: credentials, permissions, wrong app. An operator must act."""


class PayloadRejected(PushgateError):
    """The content breaks a limit of the vendor, so no terminal of it can receive this message.

    `code` is short and stable (`payload_too_large`); `field` is the path below the content or options
    (`title`, `options.apns.badge`); `reason` names the limit and the actual size, never the content. `excess` is by how
    many characters of the field, or bytes of the whole, it is too much; 0 where that is not the fault. `measure` tells
    how long a text is where the vendor counts a field in another unit than characters.
    """

    def __init__(
        self,
        code: str,
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
