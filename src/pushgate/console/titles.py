"""What a message is called in lists: its title in the reader's language. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from pushgate_client.types import Content, TrackedMessage

_CHINESE = "zh"


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
