"""What events of a message repeat from the message itself, so that its sender knows the message by
its own words. Pure.
"""

from dataclasses import dataclass

from pushgate.content.language import best_match
from pushgate.domain.message import Message


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What events repeat from a message; nothing where its content was dropped."""

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
