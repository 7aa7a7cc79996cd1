"""Requests under a credential that expires: an answer that refuses it is worth one more try with a new one."""

from collections.abc import Callable, Mapping

from pushgate.errors import VendorUnavailable
from pushgate.http2.bearer import Bearer
from pushgate.http2.client import Answer, Client, NotSent


class Session:
    """One app's requests to one vendor."""

    def __init__(self, client: Client, bearer: Bearer, refuses: Callable[[Answer], bool]) -> None:
        """`refuses` tells whether an answer means that the credential does not hold (any more)."""
        self._client = client
        self._bearer = bearer
        self._refuses = refuses

    async def post(self, url: str, headers: Callable[[str], Mapping[str, str]], body: bytes) -> Answer:
        """Send; `headers` makes them for a credential. Raises VendorError when nothing was accepted, NoAnswer."""
        try:
            token = await self._bearer.token()
            answer = await self._client.post(url, headers(token), body)
            if not self._refuses(answer):
                return answer
            if self._bearer.refuse(token):
                # The first of many to be refused. A connection with a refused credential tends to stay so (VENDORS 2.5).
                await self._client.refresh()
            return await self._client.post(url, headers(await self._bearer.token()), body)
        except NotSent as error:
            raise VendorUnavailable("unreachable", f"the vendor cannot be reached ({error})") from error

    async def check(self) -> None:
        """Fetch a credential. Raises VendorError."""
        await self._bearer.token()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()
