"""A message rendered for one vendor and language.

Renderings are cached, because the jobs of a broadcast share them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.adapters.contract import Adapter, Prepared, Push
from pushgate.adapters.preparation import prepare
from pushgate.apps.catalog import ConfiguredVendor
from pushgate.content.language import best_match
from pushgate.dispatch.job import BlockJob
from pushgate.domain.clock import Clock
from pushgate.domain.errors import PayloadRejected, VendorError
from pushgate.domain.message import Message
from pushgate.domain.outcome import FailureCode
from pushgate.ledger.values import NOT_CONFIGURED_REASON
from pushgate.runtime.lru_cache import LRUCache
from pushgate.worker.failure_reasons import CONTENT_LOST, NOT_CONFIGURED_PAUSE
from pushgate.worker.personal_push import PersonalMessage, PersonalPush

_MAX_RENDERINGS = 256
_MAX_PERSONAL = 32
"""Personal renderings in the cache. Each keeps some MB of filled texts."""
_MAX_AGE = timedelta(seconds=30)
"""How long a rendering is used. It states the remaining time to live, so it goes out of date."""
Sign = Callable[[str, str], str]
"""Makes the callback token of an app and a message id."""
_Key = tuple[str, int, str, str, int]
"""Message, resend, vendor, content language, variant."""


@dataclass(frozen=True, slots=True)
class _Cached:
    """A rendering, when it was made, and the adapter that sends it. Once the adapter is replaced,
    the rendering is used no more.
    """

    at: datetime
    adapter: Adapter
    prepared: Prepared | PersonalPush


class PushRenderer:
    """Renders pushes through the adapters of the apps' vendors."""

    def __init__(self, clock: Clock, sign: Sign) -> None:
        self._clock = clock
        self._sign = sign
        self._renderings: LRUCache[_Key, _Cached] = LRUCache(_MAX_RENDERINGS)
        self._personal: LRUCache[_Key, _Cached] = LRUCache(_MAX_PERSONAL)

    def prepare(
        self, job: BlockJob, message: Message, configured: ConfiguredVendor | None, variant: int = 0
    ) -> Prepared | PersonalPush:
        """Return the push for the job's group, whose vendor is `configured`. `message` has the
        content of the variant with the number `variant`.

        Raises PayloadRejected when the vendor cannot take it, or the message has lost its content;
        VendorError when this process has no settings for the vendor.
        """
        vendor = job.group.vendor
        if not message.content:
            raise PayloadRejected(FailureCode.CONTENT_DROPPED, "content", CONTENT_LOST)
        if configured is None:
            raise VendorError(FailureCode.VENDOR_NOT_CONFIGURED, NOT_CONFIGURED_REASON, NOT_CONFIGURED_PAUSE)
        language = best_match(job.group.language, message.content, message.default_language)
        key = (message.id, job.resend, vendor, language, variant)
        now, renderings = self._clock.now(), self._personal if message.personal else self._renderings
        cached = renderings.get(key)
        if cached and cached.adapter is configured.adapter and now - cached.at <= _MAX_AGE:
            return cached.prepared
        prepared = self._prepare(message, language, configured, now)
        renderings.put(key, _Cached(now, configured.adapter, prepared))
        return prepared

    def _prepare(
        self, message: Message, language: str, configured: ConfiguredVendor, now: datetime
    ) -> Prepared | PersonalPush:
        adapter, vendor, push = configured.adapter, configured.vendor, self._push(message, language)
        topic_pattern = vendor.topic_pattern if vendor.name in message.audience.topics else None
        if message.personal is None:
            return prepare(adapter, push, now, topic_pattern)
        personal = PersonalMessage.of(push, language, message.personal, topic_pattern)
        return PersonalPush(adapter, vendor.name, personal, now)

    def _push(self, message: Message, language: str) -> Push:
        return Push(
            message_id=message.id,
            content=message.content[language],
            options=message.options,
            expires_at=message.expires_at,
            callback=self._sign(message.app, message.id),
        )
