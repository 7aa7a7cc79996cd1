"""Drafts that save themselves while somebody writes."""

from dataclasses import dataclass
from typing import cast

from pushgate.console.composing.desk import Desk
from pushgate.console.composing.documents import write_document
from pushgate.console.composing.message_form import MessageForm
from pushgate_client.async_client import AsyncPushgate
from pushgate_client.errors import ApiError, ConnectionFailed, NotFound
from pushgate_client.types import Draft, DraftBody

_OUTDATED = "outdated_revision"
_MAX_DIGITS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What came of saving. `draft` is None where nothing was saved: somebody else has changed the
    draft (`is_outdated`), or the API refused it (`failure`).
    """

    desk: Desk
    draft: Draft | None = None
    is_outdated: bool = False
    failure: str = ""


async def save_draft(
    calls: AsyncPushgate, form: MessageForm, desk: Desk, *, overwrite: bool = False
) -> Saved:
    """Save the form as the draft of the desk, as a new one where it has none, or where that one was
    deleted. Never raises for what the API says.
    """
    message = cast("DraftBody", write_document(form))
    try:
        draft = await _save(calls, message, desk, overwrite=overwrite)
    except (ApiError, ConnectionFailed) as error:
        is_outdated = isinstance(error, ApiError) and error.code == _OUTDATED
        return Saved(desk=desk, is_outdated=is_outdated, failure="" if is_outdated else words_of(error))
    return Saved(desk=desk.saved_as(draft["id"], draft["revision"]), draft=draft)


async def _save(calls: AsyncPushgate, message: DraftBody, desk: Desk, *, overwrite: bool) -> Draft:
    if not desk.draft_id:
        return await calls.drafts.create(message)
    is_number = desk.revision.isdecimal() and len(desk.revision) <= _MAX_DIGITS
    revision = int(desk.revision) if is_number and not overwrite else None
    try:
        return await calls.drafts.replace(desk.draft_id, message, revision=revision)
    except NotFound:
        return await calls.drafts.create(message)


def words_of(error: ApiError | ConnectionFailed) -> str:
    """Return what went wrong, in words for people."""
    return error.detail or error.title if isinstance(error, ApiError) else str(error)
