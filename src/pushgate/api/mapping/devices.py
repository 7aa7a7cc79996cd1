"""Devices, JSON <-> domain. Pure."""

from datetime import datetime

from msgspec.structs import replace

from pushgate.api.mapping.messages import from_warnings
from pushgate.api.mapping.terminals import merge_terminal, to_terminal
from pushgate.api.schemas.devices import DeviceBody, DeviceChangeBody, RegistrationTokenBody
from pushgate.api.schemas.terminals import TerminalBody
from pushgate.api.times import format_known
from pushgate.devices import credentials
from pushgate.devices.credentials import DeviceSecret
from pushgate.devices.grant import Grant
from pushgate.devices.signing_keys import SigningKey
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.terminal import Terminal
from pushgate.terminals.registration import Registered


def to_device(terminal_id: str, written: DeviceBody, app_default: str, now: datetime) -> Terminal:
    """Return the terminal that a device describes. Raises InvalidRequest as `to_terminal`."""
    own = {name: getattr(written, name) for name in ("language", "timezone", "app_version", "opt_out")}
    body = TerminalBody.model_construct(vendor=written.vendor, token=written.token, **own)
    return to_terminal(terminal_id, body, app_default, now)


def to_secret(written: str | None, app: str) -> DeviceSecret | None:
    """Return the device secret of a body. Raises InvalidRequest for what is none of this app."""
    if written is None:
        return None
    found = credentials.parse(written)
    if isinstance(found, DeviceSecret) and found.app == app:
        return found
    raise InvalidRequest([FieldError("device_secret", "is no device secret of this app; leave it out")])


def merge_device(terminal: Terminal, written: DeviceChangeBody, app_default: str, now: datetime) -> Terminal:
    """Return the terminal with the fields that its device changes; the change is a sign of life.
    Raises as `merge_terminal`.
    """
    return replace(merge_terminal(terminal, written, app_default, now), last_seen=now)


def to_grant(written: RegistrationTokenBody) -> Grant:
    """Return what a registration token is to grant."""
    tags = None if written.tags is None else tuple(dict.fromkeys(written.tags))
    return Grant(user=written.user, tags=tags, terminal=written.terminal)


def from_device(registered: Registered) -> dict[str, object]:
    """Return a terminal as JSON for its own device, without the facts that only the backend may
    know.
    """
    terminal = registered.terminal
    return {
        "id": terminal.id,
        "vendor": terminal.vendor,
        "token": terminal.token,
        "language": terminal.language,
        "user": terminal.user,
        "timezone": terminal.timezone,
        "app_version": terminal.app_version,
        "opt_out": list(terminal.opt_out or ()),
        "warnings": from_warnings(registered.warnings),
    }


def from_key(app: str, key: SigningKey, audience: str) -> dict[str, object]:
    """Return a registration key as JSON, without the key itself."""
    return {
        "id": key.id,
        "kid": f"{app}.{key.id}",
        "audience": audience,
        "algorithm": key.algorithm.value,
        "fingerprint": key.fingerprint,
        "name": key.name,
        "created_at": format_known(key.created_at),
    }
