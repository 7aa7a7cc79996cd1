"""One app's requests to one vendor.

A response that refuses the credential leads to one more attempt with a new one.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pushgate.domain.clock import Clock
from pushgate.domain.errors import VendorError, VendorUnavailable
from pushgate.domain.message import Priority
from pushgate.domain.outcome import FailureCode
from pushgate.http2.burst import Burst
from pushgate.http2.burst_template import BurstTemplate, Item
from pushgate.http2.client import Client
from pushgate.http2.credentials import CredentialCache
from pushgate.http2.results import NoResponse, NotSent, Response, Result

Judged = TypeVar("Judged")


class RequestTemplate:
    """A template without its credential.

    The template is rebuilt only when the credential changes, because connections recognize
    templates by identity.
    """

    def __init__(self, make: Callable[[str], BurstTemplate]) -> None:
        """`make` returns the template with a credential."""
        self._make = make
        self._made: tuple[str, BurstTemplate] | None = None

    @classmethod
    def fixed(cls, template: BurstTemplate) -> "RequestTemplate":
        """Return a template that holds its credential, or needs none."""
        return cls(lambda _: template)

    @classmethod
    def with_bearer(cls, template: BurstTemplate) -> "RequestTemplate":
        """Return a template whose credential goes in `Authorization: Bearer` (RFC 6750)."""

        def make(credential: str) -> BurstTemplate:
            header = (b"authorization", b"Bearer " + credential.encode())
            return replace(template, headers=(header, *template.headers))

        return cls(make)

    def under(self, credential: str) -> BurstTemplate:
        """Return the template with this credential."""
        if self._made is None or self._made[0] != credential:
            self._made = (credential, self._make(credential))
        return self._made[1]


def templates_by_priority(make: Callable[[bool], RequestTemplate]) -> Mapping[Priority, RequestTemplate]:
    """Return the templates of pushes by priority; `make` takes whether it is the high one."""
    ordinary = make(False)
    return {Priority.HIGH: make(True), Priority.NORMAL: ordinary, Priority.LOW: ordinary}


def bearer_templates(template: BurstTemplate) -> Mapping[Priority, RequestTemplate]:
    """Return `RequestTemplate.with_bearer` of this template, by priority."""
    return templates_by_priority(
        lambda high_priority: RequestTemplate.with_bearer(replace(template, high_priority=high_priority))
    )


class Session:
    """The connections to a vendor, and the credential that requests carry."""

    def __init__(
        self,
        client: Client,
        clock: Clock,
        credentials: CredentialCache | None = None,
        refuses: Callable[[Response], bool] = lambda _: False,
    ) -> None:
        """`refuses` returns whether a response says that the credential is not valid (any more).

        Without `credentials` the credential is in the template or in the connection.
        """
        self.clock = clock
        self._client = client
        self._credentials = credentials
        self._refuses = refuses

    @property
    def base_path(self) -> bytes:
        """The path of the vendor's endpoint, before that of a request."""
        return self._client.base_path

    async def send(
        self,
        template: RequestTemplate,
        items: Sequence[Item],
        judge: Callable[[int, Response | NoResponse], Judged],
        may_continue: Callable[[], bool],
    ) -> AsyncIterator[tuple[Sequence[int], Judged]]:
        """Send a request for each item; yield indexes of items that share a result, as results
        come.

        After the first VendorError from `judge`, or once `may_continue` returns False, no further
        request begins; those in flight end and their results are yielded, then the error is raised.
        Closing the iterator abandons the requests in flight.
        """
        left: Sequence[int] = range(len(items))
        for last in (False, True):
            credential = await self._credentials.token() if self._credentials else ""
            attempt = _Attempt(credential, last=last)
            part = items if len(left) == len(items) else [items[index] for index in left]
            async with self._client.send(template.under(credential), part) as burst:
                async for indexes, result in burst:
                    if self._must_repeat(attempt, burst, indexes, result):
                        continue
                    own = indexes if part is items else [left[index] for index in indexes]
                    try:
                        judged = judge(own[0], _require_sent(result))
                    except VendorError as error:
                        attempt.failure = attempt.failure or error
                    else:
                        yield own, judged
                    if attempt.failure or not may_continue():
                        burst.stop()
            if attempt.failure:
                raise attempt.failure
            if not attempt.repeat or not may_continue():
                return
            left = [left[index] for index in attempt.repeat]

    async def check(self) -> None:
        """Fetch a credential. Raises VendorError."""
        if self._credentials:
            await self._credentials.token()

    def refresh(self) -> None:
        """Take new connections for requests from now on."""
        self._client.reconnect()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    def _must_repeat(self, attempt: "_Attempt", burst: Burst, indexes: Sequence[int], result: Result) -> bool:
        """Whether these items must be sent again, because the credential was refused."""
        if isinstance(result, NotSent) and burst.stopped:
            # It would have been sent if sending had not stopped.
            attempt.repeat += indexes if attempt.repeat else []
            return True
        if attempt.last or self._credentials is None or not isinstance(result, Response):
            return False
        if not self._refuses(result) or not self._credentials.can_replace(attempt.credential):
            return False
        if self._credentials.refuse(attempt.credential):
            # The first of many refusals. A connection on which a credential was refused tends to
            # refuse the next one too: docs/reference/vendors/apns.md#codes
            self._client.reconnect()
        attempt.repeat += [*indexes, *burst.stop()]
        return True


@dataclass(slots=True)
class _Attempt:
    """The state of sending items under one credential."""

    credential: str
    last: bool
    repeat: list[int] = field(default_factory=list)
    """Indexes of items to send again under another credential."""
    failure: VendorError | None = None


def _require_sent(result: Result) -> Response | NoResponse:
    if isinstance(result, NotSent):
        raise VendorUnavailable(FailureCode.UNREACHABLE, f"the vendor cannot be reached ({result.cause})")
    return result
