"""Requests under a credential that expires: an answer that refuses it is worth one more try with a new one."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pushgate.domain.errors import VendorError, VendorUnavailable
from pushgate.http2.bearer import Bearer
from pushgate.http2.burst import Burst
from pushgate.http2.client import Client
from pushgate.http2.exchange import BurstTemplate, NoResponse, NotSent, Response, Result

Judged = TypeVar("Judged")


class RequestTemplate:
    """A template but for its credential. Made anew only when that changes: connections know templates by identity."""

    def __init__(self, make: Callable[[str], BurstTemplate]) -> None:
        self._make = make
        self._made: tuple[str, BurstTemplate] | None = None

    def under(self, credential: str) -> BurstTemplate:
        """The template with this credential."""
        if self._made is None or self._made[0] != credential:
            self._made = (credential, self._make(credential))
        return self._made[1]


class Session:
    """One app's requests to one vendor."""

    def __init__(
        self,
        client: Client,
        bearer: Bearer | None = None,
        refuses: Callable[[Response], bool] = lambda _: False,
    ) -> None:
        """`refuses` tells whether an answer means that the credential does not hold (any more).

        Without a bearer the credential is in the form, or in the connection.
        """
        self._client = client
        self._bearer = bearer
        self._refuses = refuses

    async def send(
        self,
        form: RequestTemplate,
        items: Sequence[bytes],
        judge: Callable[[int, Response | NoResponse], Judged],
        go_on: Callable[[], bool],
    ) -> AsyncIterator[tuple[Sequence[int], Judged]]:
        """Send a request for each item; yield indexes of items that share a result, as they come.

        After the first VendorError that `judge` raises, or once `go_on` says no, no further request begins; those in
        flight end and their results are yielded, then the error is raised. Closing the iterator gives up what is in
        flight.
        """
        left: Sequence[int] = range(len(items))
        for last in (False, True):
            token = await self._bearer.token() if self._bearer else ""
            attempt = _Attempt(token, last=last)
            part = items if len(left) == len(items) else [items[index] for index in left]
            async with self._client.send(form.under(token), part) as burst:
                async for indexes, end in burst:
                    if self._is_put_off(attempt, burst, indexes, end):
                        continue
                    mine = indexes if part is items else [left[index] for index in indexes]
                    try:
                        result = judge(mine[0], _sent(end))
                    except VendorError as error:
                        attempt.failure = attempt.failure or error
                    else:
                        yield mine, result
                    if attempt.failure or not go_on():
                        burst.stop()
            if attempt.failure:
                raise attempt.failure
            if not attempt.again or not go_on():
                return
            left = [left[index] for index in attempt.again]

    async def check(self) -> None:
        """Fetch a credential. Raises VendorError."""
        if self._bearer:
            await self._bearer.token()

    def refresh(self) -> None:
        """Requests from now on take new connections."""
        self._client.refresh()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    def _is_put_off(self, attempt: "_Attempt", burst: Burst, indexes: Sequence[int], end: Result) -> bool:
        """Whether this end tells nothing yet: the credential was refused, or we had stopped for that."""
        if isinstance(end, NotSent) and burst.stopped:
            # It would have been sent again, had we not stopped.
            attempt.again += indexes if attempt.again else []
            return True
        if attempt.last or self._bearer is None or not isinstance(end, Response) or not self._refuses(end):
            return False
        if not self._bearer.replaces(attempt.token):
            return False
        if self._bearer.refuse(attempt.token):
            # The first of many to be refused. A connection with a refused credential tends to stay
            # so (docs/reference/vendors/apns.md#codes).
            self._client.refresh()
        attempt.again += [*indexes, *burst.stop()]
        return True


@dataclass(slots=True)
class _Attempt:
    """What is gathered while items are sent under one credential."""

    token: str
    last: bool
    again: list[int] = field(default_factory=list)
    """Indexes of items to send again under another one."""
    failure: VendorError | None = None


def _sent(end: Result) -> Response | NoResponse:
    if isinstance(end, NotSent):
        raise VendorUnavailable("unreachable", f"the vendor cannot be reached ({end.cause})")
    return end
