"""Sends a rendered message to registration tokens, installations, topics and conditions."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Self

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import NO_SCOPES, Rendering, Verdict
from pushgate.adapters.fcm.payload import MAX_TOPIC_MESSAGE
from pushgate.adapters.fcm.targets import are_all_tokens, is_registration_token, is_topic
from pushgate.adapters.response_codes import REJECTED
from pushgate.adapters.single_token import SingleTokenPush
from pushgate.domain.outcome import FailureCode, RefusalScope


class TargetSender:
    """A rendered push: one request per target."""

    def __init__(self, push: SingleTokenPush, size: int) -> None:
        """`push` goes to registration tokens if they are sent together, to any targets one by one.

        `size` is that of the message without its target, in bytes.
        """
        self._push = push
        self._size = size
        self._for_topics: Rendering = push if size <= MAX_TOPIC_MESSAGE else _TooLargeForTopics(size)

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Return what a refusal may be about: the app alone."""
        return NO_SCOPES

    def rendering_for(self, token: bytes) -> Rendering:
        """Return the push, or what rejects it if it is too large for a topic."""
        return self._for_topics if is_topic(token) else self._push

    async def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these targets."""
        push = self._push
        if are_all_tokens(tokens):
            async with closing(push.send(tokens, may_continue)) as results:
                async for result in results:
                    yield result
            return
        registered, others, rejected = list[int](), list[int](), list[int]()
        for index, token in enumerate(tokens):
            if is_registration_token(token):
                registered.append(index)
            elif is_topic(token) and self._size > MAX_TOPIC_MESSAGE:
                rejected.append(index)
            else:
                others.append(index)
        if rejected:
            yield rejected, _too_large_for_topics(self._size)
        for indexes, part in (
            (registered, push.send([tokens[index] for index in registered], may_continue)),
            (others, push.send_each([(push, tokens[index]) for index in others], may_continue)),
        ):
            async with closing(part) as results:
                async for own_indexes, verdict in results:
                    yield [indexes[index] for index in own_indexes], verdict


class _TooLargeForTopics:
    """A push that no topic gets: it is larger than FCM takes for topics."""

    key = "too large for topics"
    refusal_scopes = NO_SCOPES

    def __init__(self, size: int) -> None:
        self._size = size

    async def send_each(
        self, sends: Sequence[tuple[Self, bytes]], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Reject each topic without a request."""
        for index, (push, _) in enumerate(sends):
            yield (index,), _too_large_for_topics(push._size)


def _too_large_for_topics(size: int) -> Verdict:
    reason = f"the message has {size} bytes, FCM takes {MAX_TOPIC_MESSAGE} for topics"
    return Verdict(REJECTED, FailureCode.PAYLOAD_TOO_LARGE, reason, vendor_asked=False)
