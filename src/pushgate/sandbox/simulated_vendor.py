"""The contract of a simulated vendor: what each module of `vendors/` implements."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from starlette.routing import Route

from pushgate.sandbox.access_tokens import AccessTokens
from pushgate.sandbox.callbacks import CallbackRequest, ReceiptBatch
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.exchange import SandboxRequest, SandboxResponse
from pushgate.sandbox.rejections import RejectedTokens


@dataclass(frozen=True, slots=True)
class SandboxContext:
    """What all simulated vendors share."""

    credentials: Credentials
    access_tokens: AccessTokens = field(default_factory=AccessTokens)


class SimulatedVendor(ABC):
    """One vendor, written from its documents and not from Pushgate's adapter for it."""

    name: ClassVar[str]
    token_codes: ClassVar[frozenset[str]] = frozenset()
    """Codes that the vendor says of single tokens, beside its code for a dead one."""
    quota_code: ClassVar[str] = ""
    """What the vendor says when the quota of its day is used up, '' for one without a quota."""
    limits_devices: ClassVar[bool] = False
    """Whether the real vendor shows a few marketing pushes on a device in a day. The sandbox shows
    whatever comes.
    """
    reports_receipts: ClassVar[bool] = False

    @abstractmethod
    def __init__(self, context: SandboxContext) -> None:
        """Create the vendor's credentials, or read those of an earlier run."""

    @abstractmethod
    def app_settings(self) -> dict[str, object]:
        """The vendor's section in the settings of an app that uses the sandbox."""

    @abstractmethod
    def owns(self, path: str) -> bool:
        """Whether requests to this path are for the vendor."""

    @abstractmethod
    def respond(self, request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
        """Validate a request and answer as the vendor does."""

    @abstractmethod
    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """The vendor's response for an error, None if it has no such code.

        `retry_after`: seconds.
        """

    def normalize_token(self, token: str) -> str:
        """The one form of a token that the vendor accepts in several spellings."""
        return token

    def write_callback(self, batch: ReceiptBatch) -> CallbackRequest | None:
        """Receipts in the vendor's form, None if the vendor does not report the event."""
        return None

    def routes(self) -> Sequence[Route]:
        """What the vendor adds to the sandbox's own API."""
        return ()
