"""API keys <-> JSON. Secrets are in no answer but the one that creates them."""

from datetime import datetime

from pushgate.api.schemas.keys import KeyBody
from pushgate.api.times import format_instant, format_known
from pushgate.apps.api_key import ApiKey
from pushgate.apps.api_keys import KeyLimits, KnownKey
from pushgate.domain.app import Scope
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import FieldError

CURSOR = r"^[0-9a-f]{12}-[0-9a-f]{12}$"


def from_key(known: KnownKey, now: datetime) -> dict[str, object]:
    """Return a key as JSON, without its secret."""
    key = known.key
    holding = [one.until for one in key.previous if one.until > now]
    return {
        "id": key.id,
        "app": key.app or None,
        "scopes": list(key.scopes),
        "name": key.name,
        "created_at": format_instant(key.created_at),
        "created_by": key.created_by or None,
        "expires_at": format_known(key.expires_at),
        "networks": list(key.networks),
        "rate_limit": key.rate_limit,
        "last_used_at": format_known(known.last_used_at),
        "previous_until": format_known(max(holding, default=None)),
    }


def to_limits(written: KeyBody) -> KeyLimits:
    """Return the limits on the use of the key."""
    return KeyLimits(
        expires_at=written.expires_at,
        networks=tuple(dict.fromkeys(written.networks)),
        rate_limit=written.rate_limit,
    )


def find_errors(written: KeyBody, app: str | None, now: datetime) -> list[FieldError]:
    """Return the errors of a request for a key of this app (None for no app)."""
    errors: list[FieldError] = []
    is_operator = Scope.OPERATOR in written.scopes
    if is_operator and (len(set(written.scopes)) > 1 or app is not None):
        errors.append(
            FieldError("scopes", "operator stands alone, and its keys belong to no app: leave out app")
        )
    if not is_operator and app is None:
        errors.append(FieldError("app", "name the app that the key is to belong to"))
    if written.expires_at is not None and written.expires_at <= now:
        errors.append(FieldError("expires_at", "must be in the future"))
    return errors


def cursor_of(key: ApiKey) -> str:
    """Return the cursor that leads on after a key."""
    return f"{to_ms(key.created_at):012x}-{key.id}"


def is_after(key: ApiKey, cursor: str | None) -> bool:
    """Return whether a key comes after the cursor, in the order of lists."""
    return cursor is None or cursor_of(key) > cursor
