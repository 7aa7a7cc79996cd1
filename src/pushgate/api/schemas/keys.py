"""API keys: created, shown, rotated."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from pushgate.api.schemas.base import RequestBody, ResponseModel, optional
from pushgate.api.schemas.fields import DURATION_SCHEMA, duration_up_to
from pushgate.api.times import Instant
from pushgate.apps.api_key import MAX_NAME
from pushgate.apps.key_networks import MAX_NETWORKS, parse_network
from pushgate.domain.app import Scope

KEY_ID = r"^[0-9a-f]{12}$"
MAX_RATE = 1_000_000
MAX_OVERLAP = timedelta(days=30)
DEFAULT_OVERLAP = timedelta(hours=1)


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable characters")
    return text


Network = Annotated[str, StringConstraints(max_length=64), AfterValidator(parse_network)]
Overlap = Annotated[timedelta, duration_up_to(MAX_OVERLAP), DURATION_SCHEMA]


class KeyBody(RequestBody):
    """An API key that is to be created."""

    scopes: list[Scope] = Field(
        min_length=1,
        max_length=len(Scope),
        description="what it may do; `terminals` is `terminals:read` and `terminals:write`, `admin` all of "
        "its app, `operator` stands alone",
    )
    name: Annotated[str, StringConstraints(max_length=MAX_NAME), AfterValidator(_one_line)] = Field(
        default="", description="a note to recognize the key by; the audit log shows it"
    )
    app: str | None = optional(
        "the app of the key. An operator names one, except for the scope "
        "`operator`; an app's own key need not"
    )
    expires_at: Instant | None = optional("when the key expires; unset = never")
    networks: list[Network] = Field(
        default_factory=list,
        max_length=MAX_NETWORKS,
        description="addresses and networks that its requests may come from; none = any",
    )
    rate_limit: int | None = Field(
        default_factory=lambda: None,
        ge=1,
        le=MAX_RATE,
        description="requests a second; a batch counts as many as it has items; unset = any number",
    )


class RotateBody(RequestBody):
    """How an API key gets a new secret."""

    overlap: Overlap = Field(
        default=DEFAULT_OVERLAP,
        description="how long earlier secrets stay valid, such as `15m`, `1h` or `2d`; `0s` ends them "
        "at once. At most `30d`; unset = `1h`",
    )


class Key(ResponseModel):
    """An API key without its secret."""

    id: Annotated[str, Field(pattern=KEY_ID)]
    app: str | None = Field(description="null for an operator's key")
    scopes: list[Scope]
    name: str
    created_at: AwareDatetime
    created_by: str | None = Field(description="the id of the key that created it; null for a command")
    expires_at: AwareDatetime | None
    networks: list[str]
    rate_limit: int | None = Field(description="requests a second; null for any number")
    last_used_at: AwareDatetime | None = Field(
        description="to within about 10 s; null where it was never used"
    )
    previous_until: AwareDatetime | None = Field(
        description="until when an earlier secret is valid; null if none is"
    )


class NewKey(Key):
    """An API key with its text, which is shown this once."""

    key: str = Field(description="the text to send as `Authorization: Bearer <key>`")


class KeyPage(ResponseModel):
    """Some API keys, oldest first."""

    keys: list[Key]
    next_cursor: str | None
