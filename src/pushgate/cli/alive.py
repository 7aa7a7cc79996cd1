"""`pushgate alive`: asks a process of this host whether it is alive, on the port of its probes."""

import http.client

from pushgate.domain.errors import ConfigurationError, FieldError, NotAlive
from pushgate.settings.model import Settings

KINDS = ("api", "scheduler", "worker", "webhook-sender")
_TIMEOUT = 3.0
"""Seconds to wait for an answer."""


def alive(settings: Settings, kind: str | None) -> str:
    """A line about the process that answers; `kind` is one of KINDS, None for any.

    Raises NotAlive, ConfigurationError.
    """
    addresses = _addresses(settings, kind)
    for address in addresses:
        if _answers(*address):
            return "alive: {}:{} answers".format(*address)
    asked = ", ".join("{}:{}".format(*address) for address in addresses)
    raise NotAlive(f"nothing alive answers at {asked}")


def _addresses(settings: Settings, kind: str | None) -> list[tuple[str, int]]:
    if kind not in (None, *KINDS):
        raise ConfigurationError([FieldError("KIND", f"must be one of {', '.join(KINDS)}")])
    found = [] if kind in KINDS[1:] else [_reachable(settings.api.host, settings.api.port)]
    if kind != "api" and settings.metrics.port:
        found.append(_reachable(settings.metrics.host, settings.metrics.port))
    if not found or not found[0][1]:
        name = "api.port" if kind == "api" else "metrics.port"
        raise ConfigurationError(
            [FieldError(name, "is 0, a free port: set a fixed one, so that it can be asked")]
        )
    return found


def _reachable(host: str, port: int) -> tuple[str, int]:
    """Where a process that listens at this address is reached from the same host."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104  # read, not bound


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
