"""Pauses and circuit breakers -> JSON. Pure."""

from pushgate.adapters.registry import vendors
from pushgate.api.times import format_instant, format_known
from pushgate.domain.errors import NotFound
from pushgate.fleet.pause import Pause
from pushgate.fleet.problems import VendorFailure


def require_known_vendor(vendor: str) -> None:
    """Raise NotFound for the name of no vendor."""
    if vendor not in vendors():
        raise NotFound("there is no such vendor")


def from_pause(pause: Pause | None) -> dict[str, object] | None:
    """Return a pause as JSON."""
    if pause is None:
        return None
    return {"since": format_instant(pause.at), "key_id": pause.key_id, "key_name": pause.key_name}


def from_closed(failure: VendorFailure) -> dict[str, object]:
    """Return a circuit breaker that was closed."""
    return {
        "scope": failure.scope,
        "code": failure.kind.value,
        "cause": failure.cause,
        "since": format_instant(failure.since),
        "until": format_known(failure.until),
    }
