"""Apps and vendors that are paused, and circuit breakers that were closed by a call."""

from pydantic import AwareDatetime

from pushgate.api.schemas.base import ResponseModel
from pushgate.api.schemas.fields import VendorName
from pushgate.fleet.problem_codes import SystemProblemCode


class Pause(ResponseModel):
    """Since when something is paused, and by which API key."""

    since: AwareDatetime
    key_id: str
    key_name: str


class PausedApp(ResponseModel):
    """Whether an app is paused; null: it is not."""

    app: str
    paused: Pause | None


class PausedVendor(ResponseModel):
    """Whether an app's vendor is paused; null: it is not."""

    app: str
    vendor: VendorName
    paused: Pause | None


class ClosedBreaker(ResponseModel):
    """A circuit breaker that was closed, and why pushes failed. `scope` names the topic, channel,
    host and so on; it is empty for everything that the app sends to the vendor.
    """

    scope: str
    code: SystemProblemCode
    cause: str
    since: AwareDatetime
    until: AwareDatetime | None


class ClosedBreakers(ResponseModel):
    """The circuit breakers that were closed."""

    app: str
    vendor: VendorName
    closed: list[ClosedBreaker]
