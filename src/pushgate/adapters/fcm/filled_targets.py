"""Sends a message with a content of its own to each registration token or installation."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import Verdict
from pushgate.adapters.fcm.targets import are_all_tokens, is_registration_token, target_field
from pushgate.adapters.single_token import SingleTokenSender


class FilledTargets:
    """A push with contents of their own for its targets: one request per target."""

    def __init__(
        self,
        to_tokens: SingleTokenSender,
        to_targets: SingleTokenSender,
        *,
        start: bytes,
        before: bytes,
        after: bytes,
    ) -> None:
        """The template of `to_tokens` ends in `after`; that of `to_targets` has an empty body.

        A body is `start`, the field of the target, `before`, a part, `after`.
        """
        self._to_tokens = to_tokens
        self._to_targets = to_targets
        self._start = start
        self._before = before
        self._after = after

    async def send(
        self, tokens: Sequence[bytes], parts: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send each target its part."""
        for sender, indexes, items in self._calls(tokens, parts):
            async with closing(sender.send(items, may_continue)) as results:
                async for own, verdict in results:
                    yield own if isinstance(indexes, range) else [indexes[n] for n in own], verdict

    def _calls(
        self, tokens: Sequence[bytes], parts: Sequence[bytes]
    ) -> Iterator[tuple[SingleTokenSender, Sequence[int], Sequence[bytes]]]:
        """Registration tokens have a template of their own, without the start of each body."""
        lead, start, before, after = b'"' + self._before, self._start, self._before, self._after
        if are_all_tokens(tokens):
            items = [token + lead + part for token, part in zip(tokens, parts, strict=True)]
            yield self._to_tokens, range(len(tokens)), items
            return
        own = [n for n, token in enumerate(tokens) if is_registration_token(token)]
        yield self._to_tokens, own, [tokens[n] + lead + parts[n] for n in own]
        others = [n for n, token in enumerate(tokens) if not is_registration_token(token)]
        items = [start + target_field(tokens[n]) + before + parts[n] + after for n in others]
        yield self._to_targets, others, items
