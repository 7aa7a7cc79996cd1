"""The messages of one bundle, rendered for the vendor: each message and language once."""

from datetime import datetime

from pushgate.adapters.contract import PreparedPush, Push, Rendering
from pushgate.adapters.preparation import prepare
from pushgate.apps.catalog import ConfiguredVendor
from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.values import BundleSlot, Home, TakenBundle
from pushgate.content.language import best_match
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.message import Message
from pushgate.domain.message_id import Position, small_id
from pushgate.worker.push_renderer import Sign


class BundleRenderer:
    """Renders the pushes of a bundle. Created for one run, whose instant is `now`."""

    def __init__(
        self, home: Home, taken: TakenBundle, configured: ConfiguredVendor, sign: Sign, now: datetime
    ) -> None:
        self._home = home
        self._taken = taken
        self._configured = configured
        self._sign = sign
        self._now = now
        self._messages: dict[tuple[int, int], SmallMessage | None] = {}
        self._prepared: dict[tuple[int, int, str, int], PreparedPush] = {}

    def message(self, slot: BundleSlot) -> SmallMessage | None:
        """The slot's message; None where its content was dropped or cannot be read."""
        place = slot.send.segment, slot.send.index
        if place not in self._messages:
            self._messages[place] = self._read(*place)
        return self._messages[place]

    def render(self, slot: BundleSlot, message: Message, token: bytes) -> Rendering:
        """The push as this token gets it. Raises PayloadRejected: the vendor cannot take it."""
        language = best_match(slot.group.language, message.content, message.default_language)
        key = slot.send.segment, slot.send.index, language, slot.expires_s
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = self._prepare(slot, message, language)
        return prepared.rendering_for(token)

    def _read(self, segment: int, index: int) -> SmallMessage | None:
        bodies = self._taken.bodies[segment]
        if bodies is None or index >= len(bodies):
            return None
        message_id = message_id_of(self._home, self._taken, segment, index)
        return bodies.message(index, message_id, self._home.app.name) if message_id else None

    def _prepare(self, slot: BundleSlot, message: Message, language: str) -> PreparedPush:
        vendor, expires_at = self._configured.vendor, message.expires_at
        if to_ms(expires_at) // 1000 != slot.expires_s:  # the failures of the message are sent again
            expires_at = from_ms(slot.expires_s * 1000)
        push = Push(
            message_id=message.id,
            content=message.content[language],
            options=message.options,
            expires_at=expires_at,
            callback=self._sign(message.app, message.id),
        )
        topic_pattern = vendor.topic_pattern if vendor.name in message.audience.topics else None
        return prepare(self._configured.adapter, push, self._now, topic_pattern)


def message_id_of(home: Home, taken: TakenBundle, segment: int, index: int) -> str | None:
    """The id of a message of the bundle; None where its content was dropped or cannot be read."""
    bodies = taken.bodies[segment]
    if bodies is None:
        return None
    page, number = taken.places[segment]
    return bodies.replaced_id or small_id(bodies.created_ms, Position(home.shard, page, number, index))
