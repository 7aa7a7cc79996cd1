"""Sends a rendered push to a vendor that takes many tokens per request."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import NO_SCOPES, Verdict
from pushgate.adapters.response_codes import unanswered
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.results import NoResponse, Response

ParseBatch = Callable[[Response, Sequence[bytes], datetime], Sequence[Verdict]]
"""Returns a verdict for each token of a request, or raises VendorError."""


class BatchSender:
    """A rendered push: one request per `max_tokens` tokens."""

    def __init__(
        self,
        session: Session,
        template: RequestTemplate,
        *,
        max_tokens: int,
        encode: Callable[[Sequence[bytes]], bytes],
        parse: ParseBatch,
        scopes: Mapping[RefusalScope, str] = NO_SCOPES,
    ) -> None:
        """`encode` writes the tokens of a request as they stand in its body."""
        self._session = session
        self._clock = session.clock
        self._template = template
        self._max_tokens = max_tokens
        self._encode = encode
        self._parse = parse
        self._scopes = scopes

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Return what a refusal may be about, the same for any number of tokens."""
        return self._scopes

    async def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens."""
        chunks = split_into_chunks(tokens, self._max_tokens)

        def judge(index: int, result: Response | NoResponse) -> Sequence[Verdict]:
            chunk = chunks[index]
            if isinstance(result, NoResponse):
                return [unanswered(result.cause)] * len(chunk)
            return self._parse(result, chunk, self._clock.now())

        items = [self._encode(chunk) for chunk in chunks]
        async with closing(self._session.send(self._template, items, judge, may_continue)) as results:
            async for indexes, verdicts in results:
                for index in indexes:
                    for offsets, verdict in _group_by_verdict(verdicts):
                        yield [index * self._max_tokens + offset for offset in offsets], verdict


def split_into_chunks(tokens: Sequence[bytes], size: int) -> list[Sequence[bytes]]:
    """Return the tokens in order, at most `size` in a chunk."""
    return [tokens[start : start + size] for start in range(0, len(tokens), size)]


def _group_by_verdict(verdicts: Sequence[Verdict]) -> list[tuple[list[int], Verdict]]:
    """Return the offsets by verdict. Most share one object, so comparing identities is enough."""
    groups: dict[int, tuple[list[int], Verdict]] = {}
    for offset, verdict in enumerate(verdicts):
        groups.setdefault(id(verdict), ([], verdict))[0].append(offset)
    return list(groups.values())
