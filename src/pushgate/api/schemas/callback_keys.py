"""The keys behind callback tokens and receipt URLs: shown and rotated."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import RequestBody, ResponseModel
from pushgate.api.schemas.fields import DURATION_SCHEMA, duration_up_to
from pushgate.receipts.callback_keys import DEFAULT_OVERLAP, MAX_OVERLAP


class KeySource(StrEnum):
    """Where the key that signs is kept."""

    CONFIGURATION = "configuration"
    STORE = "store"


class RotateCallbackKeyBody(RequestBody):
    """How long the keys before the new one stay valid."""

    overlap: Annotated[timedelta, duration_up_to(MAX_OVERLAP), DURATION_SCHEMA] = Field(
        default=DEFAULT_OVERLAP,
        description="how long callback tokens and receipt URLs of earlier keys stay valid, such as "
        "`12h` or `30d`; `0s` ends them within seconds. Unset = `30d`, as long as a push may be on its "
        "way",
    )


class CallbackKeyEntry(ResponseModel):
    """A key, without its secret."""

    id: str = Field(pattern=r"^[0-9a-f]{8}$")
    made_at: AwareDatetime | None = Field(description="null where it is not known")
    signs_from: AwareDatetime | None = Field(
        description="when the key begins to sign, some seconds after it was made; null for a "
        "key that has always signed"
    )
    until: AwareDatetime | None = Field(
        description="until when the key's signatures are valid; null for no end"
    )


class CallbackKeyList(ResponseModel):
    """All keys that verify, the newest first."""

    source: KeySource
    keys: list[CallbackKeyEntry]
