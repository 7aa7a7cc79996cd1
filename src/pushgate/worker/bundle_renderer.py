"""Renders the messages of one bundle for the vendor: each message and language once."""

from collections.abc import Hashable
from dataclasses import replace
from datetime import datetime, timedelta

from msgspec import structs

from pushgate.adapters.contract import PreparedPush, Push
from pushgate.adapters.preparation import prepare
from pushgate.adapters.removal import prepare_removal
from pushgate.apps.catalog import ConfiguredVendor
from pushgate.bundles.bodies import Bodies
from pushgate.bundles.bundle_values import BundleSlot, TakenBundle
from pushgate.bundles.values import Home
from pushgate.content.language import best_match
from pushgate.domain.clock import from_ms
from pushgate.domain.message import NOW_OR_NEVER, Content, Delivery, Options
from pushgate.domain.message_id import Position, small_id
from pushgate.worker.bundle_contents import FilledContent
from pushgate.worker.bundle_outcomes import SlotSend
from pushgate.worker.push_renderer import Sign

_Key = tuple[int, int, str, int]
"""Segment, index in the segment, language, second of the expiry."""


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
        self._languages: dict[tuple[str, tuple[str, ...]], str] = {}
        self._expiries: dict[tuple[int, timedelta], datetime] = {}
        self._pushes: dict[_Key, tuple[PreparedPush, bool]] = {}
        self._filled: dict[tuple[*_Key, Hashable], tuple[PreparedPush, bool]] = {}

    def render(self, slot: BundleSlot, token: bytes) -> SlotSend:
        """The push as this token gets it.

        The slot's bodies must be readable. Raises PayloadRejected where the vendor cannot take the
        push.
        """
        send = slot.send
        bodies = self._taken.readable_bodies_of(slot)
        language = self._language(slot.group.language, bodies.languages(send.index))
        key = send.segment, send.index, language, slot.expires_s
        known = self._pushes.get(key)
        if known is None:
            content = bodies.content(send.index, language)
            known = self._pushes[key] = self._prepare(slot, bodies, content)
        prepared, at_most_once = known
        return SlotSend(slot, token, prepared.rendering_for(token), at_most_once)

    def render_filled(self, slot: BundleSlot, token: bytes, filled: FilledContent) -> SlotSend:
        """A personal push, with the values of its terminal. Raises PayloadRejected."""
        bodies = self._taken.readable_bodies_of(slot)
        key = slot.send.segment, slot.send.index, slot.group.language, slot.expires_s, filled.key
        known = self._filled.get(key)
        if known is None:
            known = self._filled[key] = self._prepare(slot, bodies, filled.content)
        prepared, at_most_once = known
        return SlotSend(slot, token, prepared.rendering_for(token), at_most_once)

    def _language(self, wanted: str, offered: tuple[str, ...]) -> str:
        key = wanted, offered
        known = self._languages.get(key)
        if known is None:
            known = self._languages[key] = best_match(wanted, offered[:-1], offered[-1])
        return known

    def _prepare(self, slot: BundleSlot, bodies: Bodies, content: Content) -> tuple[PreparedPush, bool]:
        index, configured = slot.send.index, self._configured
        options = bodies.options(index)
        push = Push(
            message_id=(message_id := message_id_of(self._home, self._taken, slot)),
            content=content,
            options=options,
            expires_at=self._expires_at(slot, bodies, options),
            callback=self._sign(self._home.app.name, message_id),
        )
        if options.withdraws:
            return prepare_removal(configured.adapter, withdrawn_push(push), self._now), False
        vendor = configured.vendor
        topic_pattern = vendor.topic_pattern if bodies.has_topics(index, vendor.name) else None
        prepared = prepare(configured.adapter, push, self._now, topic_pattern)
        return prepared, options.delivery is Delivery.AT_MOST_ONCE

    def _expires_at(self, slot: BundleSlot, bodies: Bodies, options: Options) -> datetime:
        """When the push expires. Failures that are sent again have an expiry of their own."""
        lifetime = options.ttl or NOW_OR_NEVER
        key = bodies.push_at_ms, lifetime
        known = self._expiries.get(key)
        if known is None:
            known = self._expiries[key] = from_ms(bodies.push_at_ms) + lifetime
        if known.timestamp() // 1 == slot.expires_s:
            return known
        return from_ms(slot.expires_s * 1000)


def withdrawn_push(push: Push) -> Push:
    """The push whose notification this one removes, as it was sent except for its content."""
    options = replace(push.options, silent=False, withdraws="")
    return structs.replace(push, message_id=push.options.withdraws, options=options, callback="")


def message_id_of(home: Home, taken: TakenBundle, slot: BundleSlot) -> str:
    """The id of the slot's message, whose bodies are readable."""
    send = slot.send
    bodies = taken.readable_bodies_of(slot)
    position = Position(home.shard, *taken.places[send.segment], send.index)
    return bodies.replaced_id or small_id(bodies.created_ms, position)
