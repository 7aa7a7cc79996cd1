"""Registration tokens that a backend signed: JWTs (RFC 7519), verified with a registered key. Pure.

The claims `user`, `tags` and `terminal` grant what a token of the gateway grants. `aud` names the
gateway and the app, `exp` is at most an hour away, and `jti` is used once.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
import msgspec

from pushgate.devices.credentials import SignedToken
from pushgate.devices.grant import MAX_TTL, Grant, TokenUse
from pushgate.devices.signing_keys import Algorithm
from pushgate.domain.errors import DeviceUnauthorized

NOT_SIGNED = "the registration token is not signed with its key"
"""What is said of a token that nobody vouches for."""
_SKEW = timedelta(minutes=1)
"""How far the clocks of backend and gateway may differ."""
# Half a character, which JSON can escape, is no text: nothing stores or sends it.
_WRITABLE = r"\A[^\x00\ud800-\udfff]+\Z"
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=256, pattern=_WRITABLE)]
_Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=_WRITABLE)]
_TerminalId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._~:@=+\-]{1,128}\Z")]


class _Claims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All claims that a token may have: one that nothing reads would be a misunderstanding."""

    aud: str
    exp: float
    jti: Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=_WRITABLE)]
    iss: _Text | None = None
    iat: float | None = None
    nbf: float | None = None
    user: _Text | None = None
    tags: Annotated[tuple[_Tag, ...], msgspec.Meta(max_length=64)] | None = None
    terminal: _TerminalId | None = None


def audience_of(gateway: str, app: str) -> str:
    """The audience of the tokens of an app at this gateway."""
    return f"pushgate:{gateway}:{app}"


def verify(token: SignedToken, algorithm: Algorithm, key: str | bytes, audience: str, now: datetime) -> Grant:
    """What a token grants. Raises DeviceUnauthorized, whose text never has the token."""
    try:
        payload = jwt.decode(
            token.text,
            key,
            algorithms=[algorithm.value],
            audience=audience,
            # The times are compared below, with the clock of the gateway.
            options={
                "require": ["aud", "exp", "jti"],
                "strict_aud": True,
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
        claims = msgspec.convert(payload, _Claims)
    except jwt.InvalidAudienceError as error:
        raise DeviceUnauthorized(f"the registration token has another audience than {audience}") from error
    except jwt.MissingRequiredClaimError as error:
        raise DeviceUnauthorized(f"the registration token lacks the claim {error.claim}") from error
    except msgspec.ValidationError as error:
        raise DeviceUnauthorized(f"the registration token has a wrong claim: {error}") from error
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise DeviceUnauthorized(NOT_SIGNED) from error
    _check_times(claims, now)
    until = datetime.fromtimestamp(claims.exp, UTC)
    name = hashlib.sha256(f"{token.key_id}:{claims.jti}".encode()).hexdigest()[:32]
    return Grant(user=claims.user, tags=claims.tags, terminal=claims.terminal, use=TokenUse(name, until))


def _check_times(claims: _Claims, now: datetime) -> None:
    # A comparison with NaN is false.
    if not claims.exp > now.timestamp():
        raise DeviceUnauthorized("the registration token has expired")
    if not claims.exp <= (now + MAX_TTL + _SKEW).timestamp():
        raise DeviceUnauthorized(
            "the registration token expires in more than an hour; give it an earlier exp"
        )
    if claims.nbf is not None and not claims.nbf <= (now + _SKEW).timestamp():
        raise DeviceUnauthorized("the registration token is not valid yet; see its nbf, and the clocks")
