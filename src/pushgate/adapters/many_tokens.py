"""Sends rendered pushes to a vendor that takes many tokens per request."""

from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Self

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import NO_SCOPES, Verdict
from pushgate.adapters.response_codes import unanswered
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.shared_rendering import SharedRendering
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.burst_template import Item, body_of
from pushgate.http2.results import NoResponse, Response

ParseBatch = Callable[[Response, Sequence[bytes], datetime], Sequence[Verdict]]
"""Returns a verdict for each token of a request, or raises VendorError."""


class Batch(NamedTuple):
    """One request: tokens, their indexes among all tokens of a call, and the request's item."""

    indexes: Sequence[int]
    tokens: Sequence[bytes]
    item: Item


async def send_batches(
    session: Session,
    template: RequestTemplate,
    batches: Sequence[Batch],
    parse: ParseBatch,
    may_continue: Callable[[], bool],
) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
    """Send these requests; yield indexes of tokens and the verdict that they share."""

    def judge(number: int, result: Response | NoResponse) -> Sequence[Verdict]:
        tokens = batches[number].tokens
        if isinstance(result, NoResponse):
            return [unanswered(result.cause)] * len(tokens)
        return parse(result, tokens, session.clock.now())

    items = [batch.item for batch in batches]
    async with closing(session.send(template, items, judge, may_continue)) as results:
        async for numbers, verdicts in results:
            for number in numbers:
                indexes = batches[number].indexes
                for offsets, verdict in _group_by_verdict(verdicts):
                    yield [indexes[offset] for offset in offsets], verdict


class BatchSender(SharedRendering):
    """A rendered push: one request per `max_tokens` tokens."""

    def __init__(
        self,
        session: Session,
        template: RequestTemplate,
        *,
        max_tokens: int,
        encode: Callable[[Sequence[bytes]], Item],
        parse: ParseBatch,
        scopes: Mapping[RefusalScope, str] = NO_SCOPES,
    ) -> None:
        """`template` and `parse` are shared by many pushes. `encode` returns the item of the
        request that sends the push to these tokens.
        """
        super().__init__(scopes)
        self._session = session
        self._template = template
        self._max_tokens = max_tokens
        self._encode = encode
        self._parse = parse

    @property
    def key(self) -> Hashable:
        """The template, and what a refusal may be about."""
        return (self._template, *self._scopes.values())

    def body_for(self, token: bytes) -> bytes:
        """Return the body of a request for this token alone."""
        return body_of(self._encode([token]))

    def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens."""
        batches = self._batches(range(len(tokens)), tokens)
        return send_batches(self._session, self._template, batches, self._parse, may_continue)

    def send_each(
        self, sends: Sequence[tuple[Self, bytes]], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send each push to its token: tokens of the same push share requests."""
        by_push: dict[Self, list[int]] = {}
        for index, (push, _) in enumerate(sends):
            by_push.setdefault(push, []).append(index)
        batches = [
            batch
            for push, indexes in by_push.items()
            for batch in push._batches(indexes, [sends[index][1] for index in indexes])
        ]
        return send_batches(self._session, self._template, batches, self._parse, may_continue)

    def _batches(self, indexes: Sequence[int], tokens: Sequence[bytes]) -> list[Batch]:
        batches, size = list[Batch](), self._max_tokens
        for start in range(0, len(tokens), size):
            chunk = tokens[start : start + size]
            batches.append(Batch(indexes[start : start + size], chunk, self._encode(chunk)))
        return batches


def _group_by_verdict(verdicts: Sequence[Verdict]) -> list[tuple[list[int], Verdict]]:
    """Return the offsets by verdict. Most share one object, so comparing identities is enough."""
    groups: dict[int, tuple[list[int], Verdict]] = {}
    for offset, verdict in enumerate(verdicts):
        groups.setdefault(id(verdict), ([], verdict))[0].append(offset)
    return list(groups.values())
