"""Sends a message with a content of its own to each registration token or installation."""

from collections.abc import AsyncIterator, Callable, Sequence

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
        registered: Sequence[int] = range(len(tokens))
        others = list[int]()
        if not are_all_tokens(tokens):
            registered = [n for n in registered if is_registration_token(tokens[n])]
            others = [n for n in range(len(tokens)) if not is_registration_token(tokens[n])]
        lead, start, before, after = b'"' + self._before, self._start, self._before, self._after
        sends = (
            (self._to_tokens, registered, [tokens[n] + lead + parts[n] for n in registered]),
            (
                self._to_targets,
                others,
                [start + target_field(tokens[n]) + before + parts[n] + after for n in others],
            ),
        )
        for sender, indexes, items in sends:
            if items:
                async with closing(sender.send(items, may_continue)) as results:
                    async for own, verdict in results:
                        yield [indexes[index] for index in own], verdict
