"""The terminals of a message, with the result of each."""

from pydantic import AwareDatetime

from pushgate.api.schemas.base import ResponseModel
from pushgate.api.schemas.fields import Id, VendorName
from pushgate.domain.outcome import State


class MessageTerminal(ResponseModel):
    """A terminal of a message: named by its id, or by the push token that the message brought.

    `user` is that of the terminal now. `code` and `reason` are those of a failure. `time` is when
    the terminal came to its state.
    """

    terminal: Id | None
    token: str | None
    user: Id | None
    vendor: VendorName
    language: str
    state: State
    code: str | None
    reason: str | None
    time: AwareDatetime | None
    delivered: bool
    delivered_at: AwareDatetime | None
    clicked: bool
    clicked_at: AwareDatetime | None
    muted: bool
    gone: bool
    recalled: bool
    unproven: bool


class MessageTerminalPage(ResponseModel):
    """Some of the terminals of a message."""

    terminals: list[MessageTerminal]
    next_cursor: str | None
