"""The messages of a terminal."""

from enum import StrEnum

from pydantic import AwareDatetime

from pushgate.api.schemas.base import ResponseModel, optional
from pushgate.api.schemas.explanation import ExplainedPush
from pushgate.api.schemas.fields import MessageId


class MessageSize(StrEnum):
    """How a message is sent: in bundles with others, to at most 64 terminals; or by itself."""

    SMALL = "small"
    LARGE = "large"


class HistoryEntry(ResponseModel):
    """A message that was pushed to the terminal. `push_time` and `dry_run` are left out if the
    message's content was dropped.
    """

    message: MessageId
    push_time: AwareDatetime = optional()
    size: MessageSize
    dry_run: bool = optional()
    push: ExplainedPush


class History(ResponseModel):
    """Messages of a terminal, the latest first. If `older_small_messages` is true, there may have
    been more small messages: a terminal keeps only the latest 50.
    """

    messages: list[HistoryEntry]
    older_small_messages: bool
    next_cursor: str | None
