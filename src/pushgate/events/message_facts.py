"""The facts of a message that its events repeat, so that the sender recognizes the message by its
own data. Pure.
"""

from dataclasses import dataclass

from pushgate.content.language import best_match
from pushgate.domain.message import Message


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """The facts of a message that events repeat; empty if its content was dropped."""

    message: Message | None = None

    def fields(self, language: str | None) -> dict[str, object]:
        """The fields of an event about a terminal of this language, or about the whole message."""
        message = self.message
        if message is None:
            return {"data": None, "category": None, "collapse_key": None}
        chosen = message.default_language
        if language is not None:
            chosen = best_match(language, tuple(message.content), message.default_language)
        content = message.content.get(chosen)
        return {
            "data": dict(content.data) if content else None,
            "category": message.options.category_name or None,
            "collapse_key": message.options.collapse_key,
        }


NO_FACTS = MessageFacts()
