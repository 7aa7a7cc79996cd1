"""The two ways in which vendors take pushes: one request a token, or many tokens in one request."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from typing import TypeVar, cast

from pushgate.adapters.contract import NO_SCOPES, Prepared, Verdict
from pushgate.adapters.rules import unanswered
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.domain.errors import VendorError
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.exchange import NoResponse, Response

Item = TypeVar("Item")


def closing(answers: AsyncIterator[Item]) -> AbstractAsyncContextManager[AsyncIterator[Item]]:
    """Closes an async generator once it is left: what it has in flight is given up then, not some time later."""
    return aclosing(cast("AsyncGenerator[Item, None]", answers))


class SingleTokenSender:
    """A push, rendered, for a vendor that takes one token a request."""

    def __init__(
        self,
        session: Session,
        form: RequestTemplate,
        parse: Callable[[Response], Verdict],
        again_after: float | None = None,
        scopes: Mapping[RefusalScope, str] = NO_SCOPES,
    ) -> None:
        """The token is what differs between requests, as it is. `parse` may raise VendorError.

        What was not answered may be sent again after so many seconds.
        """
        self._session = session
        self._form = form
        self._parse = parse
        self._again_after = again_after
        self._scopes = scopes

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """What a refusal may be about."""
        return self._scopes

    def send(
        self, tokens: Sequence[bytes], go_on: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens."""
        return self._session.send(self._form, tokens, self._judge, go_on)

    def _judge(self, _index: int, end: Response | NoResponse) -> Verdict:
        return unanswered(end.cause, self._again_after) if isinstance(end, NoResponse) else self._parse(end)


class BatchSender:
    """A push, rendered, for a vendor that takes up to `most` tokens a request."""

    def __init__(
        self,
        session: Session,
        form: RequestTemplate,
        most: int,
        encode: Callable[[Sequence[bytes]], bytes],
        parse: Callable[[Response, Sequence[bytes]], Sequence[Verdict]],
        scopes: Mapping[RefusalScope, str] = NO_SCOPES,
    ) -> None:
        """`encode` writes tokens as they stand in the body; `parse` gives each its verdict, or raises VendorError."""
        self._session = session
        self._form = form
        self._most = most
        self._encode = encode
        self._parse = parse
        self._scopes = scopes

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """What a refusal may be about."""
        return self._scopes

    async def send(
        self, tokens: Sequence[bytes], go_on: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens."""
        parts = chunks(tokens, self._most)

        def judge(index: int, end: Response | NoResponse) -> Sequence[Verdict]:
            part = parts[index]
            return (
                [unanswered(end.cause)] * len(part) if isinstance(end, NoResponse) else self._parse(end, part)
            )

        items = [self._encode(part) for part in parts]
        async with closing(self._session.send(self._form, items, judge, go_on)) as answers:
            async for indexes, verdicts in answers:
                for index in indexes:
                    for offsets, verdict in _together(verdicts):
                        yield [index * self._most + offset for offset in offsets], verdict


class PerHostSender:
    """A push, rendered, for a vendor that has several hosts, each for terminals of its own."""

    def __init__(self, parts: Mapping[str, Prepared], host: Callable[[bytes], str]) -> None:
        """`host` names the part that a token belongs to."""
        self._parts = parts
        self._host = host

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """What a refusal may be about: the same at every host."""
        return next(iter(self._parts.values())).scopes(count)

    def host(self, token: bytes) -> str:
        """The part that a token belongs to."""
        return self._host(token)

    async def send(
        self, tokens: Sequence[bytes], go_on: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens, host by host. Trouble with one is told once the others are done."""
        by_host: dict[str, list[int]] = {}
        for index, token in enumerate(tokens):
            by_host.setdefault(self._host(token), []).append(index)
        failure: VendorError | None = None
        for host, indexes in by_host.items():
            some = [tokens[index] for index in indexes]
            try:
                async with closing(self._parts[host].send(some, go_on)) as answers:
                    async for at, verdict in answers:
                        yield [indexes[index] for index in at], verdict
            except VendorError as error:
                failure = failure or error
        if failure:
            raise failure


def chunks(tokens: Sequence[bytes], size: int) -> list[Sequence[bytes]]:
    """The tokens in order, at most `size` together."""
    return [tokens[start : start + size] for start in range(0, len(tokens), size)]


def _together(verdicts: Sequence[Verdict]) -> list[tuple[list[int], Verdict]]:
    """Offsets by verdict. Most share one object, so identity tells enough."""
    found: dict[int, tuple[list[int], Verdict]] = {}
    for offset, verdict in enumerate(verdicts):
        found.setdefault(id(verdict), ([], verdict))[0].append(offset)
    return list(found.values())
