"""The way of vendors that are given the content first, and then the tokens it is for.

A crash between the two has sent nothing: the next attempt saves the content again. One after the second has told its
outcomes, or not, as with a vendor that takes both in one request.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from pushgate.adapters.contract import NO_SCOPES, Verdict
from pushgate.adapters.sending import BatchSender, closing
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.domain.errors import VendorUnavailable
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.exchange import NoResponse, Response


class TwoStep:
    """A push, rendered. The content is saved once, however many sendings use it."""

    def __init__(
        self,
        session: Session,
        save: tuple[RequestTemplate, bytes],
        read: Callable[[Response], str | Verdict],
        push: Callable[[str, int], BatchSender],
        scopes: Mapping[RefusalScope, str] = NO_SCOPES,
    ) -> None:
        """`save` is the request that saves the content; `read` finds the content's id in the answer, '' where there is
        none, or why it is taken for nobody, and may raise VendorError; `push` sends what has that id to so many tokens."""
        self._session = session
        self._save = save
        self._read = read
        self._push = push
        self._id: str | Verdict | None = None
        self._saving = asyncio.Lock()
        self._scopes = scopes

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """What a refusal may be about."""
        return self._scopes

    async def send(
        self, tokens: Sequence[bytes], go_on: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens."""
        saved = await self._saved()
        if isinstance(saved, Verdict):
            yield range(len(tokens)), saved
            return
        async with closing(self._push(saved, len(tokens)).send(tokens, go_on)) as answers:
            async for indexes, verdict in answers:
                yield indexes, verdict

    async def _saved(self) -> str | Verdict:
        """The content's id, or why it is taken for nobody. Raises VendorError: then nothing was sent."""
        async with self._saving:
            if self._id is None:
                form, body = self._save
                async for _, found in self._session.send(form, [body], self._judge, lambda: True):
                    if isinstance(found, Verdict) and found.outcome is Outcome.RETRY:
                        return found  # another time it may be taken
                    self._id = found
            if self._id is None:
                raise VendorUnavailable("not_saved", "the vendor has not taken the content")
            return self._id

    def _judge(self, _index: int, end: Response | NoResponse) -> str | Verdict:
        if isinstance(end, NoResponse):
            told = f"the vendor has not answered when it was given the content ({end.cause})"
            raise VendorUnavailable("not_saved", told)
        found = self._read(end)
        if not found:
            raise VendorUnavailable("not_saved", "the vendor has given the content no id")
        if isinstance(found, Verdict) and found.outcome not in (Outcome.REJECTED, Outcome.RETRY):
            # Said of content it makes no terminal dead, and leaves nothing in doubt: nothing was sent.
            raise VendorUnavailable(
                "not_saved", f"the vendor has not taken the content ({found.code})", found.retry_after
            )
        return found
