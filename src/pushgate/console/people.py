"""Finds phones by what a reader knows of one: its id, user, tag or push token."""

import re
from dataclasses import dataclass, field

from pushgate.console.reading import take
from pushgate_client import types
from pushgate_client.async_client import AsyncPushgate
from pushgate_client.errors import ApiError, InvalidRequest, NotFound

_MESSAGE = re.compile(r"[0-9a-f]{30,40}")
_SHORTEST_TOKEN = 20
MAX_SHOWN = 50


@dataclass(slots=True)
class Found:
    """The phones that were found. `more` says that there are others."""

    terminals: list[types.Terminal] = field(default_factory=list)
    more: bool = False

    def add(self, terminals: list[types.Terminal]) -> None:
        """Take in phones that are not there yet."""
        known = {one["id"] for one in self.terminals}
        self.terminals += [one for one in terminals if one["id"] not in known]
        self.more = self.more or len(self.terminals) > MAX_SHOWN
        del self.terminals[MAX_SHOWN:]


async def search(calls: AsyncPushgate, text: str, vendor: types.Vendor | None, language: str | None) -> Found:
    """Return the phones with an id, user, tag or whole push token like the text; without a text,
    some of the vendor and language.
    """
    found = Found()
    if not text:
        listed = calls.terminals.search(vendor=vendor, language=language, page_size=MAX_SHOWN + 1)
        found.add(await take(listed, MAX_SHOWN + 1))
        return found
    found.add([one for one in await _by_name(calls, text) if _fits(one, vendor, language)])
    for condition in ({"user": text}, {"tag": text}):
        listed = calls.terminals.search(
            **condition, vendor=vendor, language=language, page_size=MAX_SHOWN + 1
        )
        try:
            found.add(await take(listed, MAX_SHOWN + 1))
        except InvalidRequest:
            continue  # the text cannot be a user or a tag
    return found


async def is_message(calls: AsyncPushgate, text: str) -> bool:
    """Return whether a text is the id of a message that is known."""
    if not _MESSAGE.fullmatch(text):
        return False
    try:
        await calls.messages.get(text)
    except ApiError:
        return False
    return True


async def _by_name(calls: AsyncPushgate, text: str) -> list[types.Terminal]:
    """Return the phone with this id, or with this push token."""
    try:
        return [await calls.terminals.get(text)]
    except (NotFound, InvalidRequest):
        if len(text) < _SHORTEST_TOKEN:
            return []
    try:
        return [await calls.terminals.find(token=text)]
    except (NotFound, InvalidRequest):
        return []


def _fits(terminal: types.Terminal, vendor: str | None, language: str | None) -> bool:
    return (not vendor or terminal["vendor"] == vendor) and (not language or terminal["language"] == language)
