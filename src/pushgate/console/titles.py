"""Which messages a list shows first, and what they are called in the reader's language. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pushgate_client.types import Audience, Content, TrackedMessage

_CHINESE = "zh"
_SHORT = 64
"""A list of so many terminals, users or tokens is short."""


@dataclass(frozen=True, slots=True)
class Title:
    """A text of a message, and the language that it is in. Empty where nothing is known."""

    text: str
    language: str


def title_of(message: TrackedMessage, language: str) -> Title:
    """Return the title, or without one the body, in the reader's language if there is one."""
    content = message["content"]
    if not content:
        return Title("", "")
    return _title(content, _chosen(content, message["default_language"], language))


def other_title(message: TrackedMessage, language: str) -> Title | None:
    """Return the title in another language than the reader's, None where there is none."""
    content = message["content"]
    if not content or len(content) == 1:
        return None
    chosen = _chosen(content, message["default_language"], language)
    others = [tag for tag in content if tag != chosen]
    preferred = [tag for tag in others if _is_chinese(tag) != (language == _CHINESE)]
    return _title(content, (preferred or others)[0])


def largest_audiences(messages: Sequence[TrackedMessage]) -> list[TrackedMessage]:
    """Return the messages, those to everybody and to expressions before those to short lists."""
    return sorted(messages, key=lambda message: _is_short(message["audience"]))


def _is_short(audience: Audience | None) -> bool:
    if audience is None:
        return False
    listed = audience.get("terminals", audience.get("users", audience.get("tokens")))
    return isinstance(listed, int) and listed <= _SHORT


def _title(content: Mapping[str, Content], tag: str) -> Title:
    shown = content[tag]
    return Title(shown["title"] or shown["body"], tag)


def _chosen(content: Mapping[str, Content], default: str | None, language: str) -> str:
    for tag in content:
        if tag.split("-")[0].lower() == language:
            return tag
    return default if default and default in content else next(iter(content))


def _is_chinese(tag: str) -> bool:
    return tag.split("-", maxsplit=1)[0].lower() == _CHINESE
