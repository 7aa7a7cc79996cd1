"""Requests under a credential that expires: an answer that refuses it is worth one more try with a new one."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from pushgate.errors import VendorError, VendorUnavailable
from pushgate.http2.bearer import Bearer
from pushgate.http2.client import Client
from pushgate.http2.exchange import Answer, NoAnswer, NotSent, Template

Result = TypeVar("Result")


class Form:
    """A template but for its credential. Made anew only when that changes: connections know templates by identity."""

    def __init__(self, make: Callable[[str], Template]) -> None:
        self._make = make
        self._made: tuple[str, Template] | None = None

    def under(self, credential: str) -> Template:
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
        refuses: Callable[[Answer], bool] = lambda _: False,
    ) -> None:
        """`refuses` tells whether an answer means that the credential does not hold (any more).

        Without a bearer the credential is in the form, or in the connection.
        """
        self._client = client
        self._bearer = bearer
        self._refuses = refuses

    async def send(
        self,
        form: Form,
        items: Sequence[bytes],
        judge: Callable[[int, Answer | NoAnswer], Result],
        go_on: Callable[[], bool],
    ) -> AsyncIterator[tuple[Sequence[int], Result]]:
        """Send a request for each item; yield indexes of items that share a result, as they come.

        After the first VendorError that `judge` raises, or once `go_on` says no, no further request begins; those in
        flight end and their results are yielded, then the error is raised. Closing the iterator gives up what is in
        flight.
        """
        left: Sequence[int] = range(len(items))
        for last in (False, True):
            token = await self._bearer.token() if self._bearer else ""
            failure: VendorError | None = None
            again: list[int] = []
            async with self._client.send(form.under(token), [items[index] for index in left]) as burst:
                async for indexes, end in burst:
                    if isinstance(end, Answer) and not last and self._is_refused(end, token):
                        again += [left[index] for index in (*indexes, *burst.stop())]
                        continue
                    try:
                        if isinstance(end, NotSent):
                            raise VendorUnavailable(
                                "unreachable", f"the vendor cannot be reached ({end.cause})"
                            )
                        result = judge(left[indexes[0]], end)
                    except VendorError as error:
                        failure = failure or error
                    else:
                        yield (
                            indexes if left == range(len(items)) else [left[index] for index in indexes],
                            result,
                        )
                    if failure or not go_on():
                        burst.stop()
            if failure:
                raise failure
            if not again or not go_on():
                return
            left = again

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

    def _is_refused(self, answer: Answer, token: str) -> bool:
        if self._bearer is None or not self._refuses(answer):
            return False
        if self._bearer.refuse(token):
            # The first of many to be refused. A connection with a refused credential tends to stay so (VENDORS 2.5).
            self._client.refresh()
        return True
