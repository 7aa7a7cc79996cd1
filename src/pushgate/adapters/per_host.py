"""Sends a rendered push to a vendor with several hosts, each for terminals of its own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import PreparedPush, Rendering, Verdict
from pushgate.domain.errors import VendorError
from pushgate.domain.outcome import RefusalScope


class PerHostSender:
    """A rendered push: each token goes to its own host."""

    def __init__(self, by_host: Mapping[str, PreparedPush], host_of: Callable[[bytes], str]) -> None:
        """`host_of` returns the name of a token's host, a key of `by_host`.

        The scopes of the pushes in `by_host` name their host.
        """
        self._by_host = by_host
        self._host_of = host_of

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Return what a refusal may be about, beside the host."""
        found = next(iter(self._by_host.values())).scopes(count)
        return {scope: name for scope, name in found.items() if scope is not RefusalScope.HOST}

    def rendering_for(self, token: bytes) -> Rendering:
        """Return the push as the token's host gets it."""
        return self._by_host[self._host_of(token)].rendering_for(token)

    def host(self, token: bytes) -> str:
        """Return the name of the token's host."""
        return self._host_of(token)

    async def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens, host by host.

        The first VendorError is raised after the last host.
        """
        indexes_of: dict[str, list[int]] = {}
        for index, token in enumerate(tokens):
            indexes_of.setdefault(self._host_of(token), []).append(index)
        failure: VendorError | None = None
        for host, indexes in indexes_of.items():
            own = [tokens[index] for index in indexes]
            try:
                async with closing(self._by_host[host].send(own, may_continue)) as results:
                    async for own_indexes, verdict in results:
                        yield [indexes[index] for index in own_indexes], verdict
            except VendorError as error:
                failure = failure or error
        if failure:
            raise failure
