"""Sends a rendered message to registration tokens, installations, topics and conditions."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import NO_SCOPES, Verdict
from pushgate.adapters.fcm.payload import MAX_TOPIC_MESSAGE
from pushgate.adapters.fcm.targets import are_all_tokens, is_installation, is_topic, target_field
from pushgate.adapters.response_codes import REJECTED
from pushgate.adapters.single_token import SingleTokenSender
from pushgate.domain.outcome import FailureCode, RefusalScope


class TargetSender:
    """A rendered push: one request per target."""

    def __init__(self, tokens: SingleTokenSender, other_targets: SingleTokenSender, size: int) -> None:
        """`tokens` takes registration tokens, `other_targets` whole fields of the message.

        `size` is that of the message without its target, in bytes.
        """
        self._token_sender = tokens
        self._other_sender = other_targets
        self._size = size

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Return what a refusal may be about: the app alone."""
        return NO_SCOPES

    async def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these targets."""
        if are_all_tokens(tokens):
            async with closing(self._token_sender.send(tokens, may_continue)) as results:
                async for result in results:
                    yield result
            return
        topics = [index for index, token in enumerate(tokens) if is_topic(token)]
        installations = [index for index, token in enumerate(tokens) if is_installation(token)]
        registered = sorted(set(range(len(tokens))).difference(topics, installations))
        if topics and self._size > MAX_TOPIC_MESSAGE:
            reason = f"the message has {self._size} bytes, FCM takes {MAX_TOPIC_MESSAGE} for topics"
            yield topics, Verdict(REJECTED, FailureCode.PAYLOAD_TOO_LARGE, reason, vendor_asked=False)
            topics = []
        others = [*installations, *topics]
        for indexes, sender, items in (
            (registered, self._token_sender, [tokens[index] for index in registered]),
            (others, self._other_sender, [target_field(tokens[index]) for index in others]),
        ):
            async with closing(sender.send(items, may_continue)) as results:
                async for own_indexes, verdict in results:
                    yield [indexes[index] for index in own_indexes], verdict
