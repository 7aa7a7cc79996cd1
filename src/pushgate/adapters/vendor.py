"""What the rest of Pushgate knows of a vendor: settings, options, limits, codes, its adapter."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from pydantic import BaseModel

from pushgate.adapters.content_files import naming_files, read_contents
from pushgate.adapters.contract import Adapter
from pushgate.adapters.message_classes import MessageClasses
from pushgate.adapters.receipts import ReceiptCode, ReportedEvent
from pushgate.adapters.response_codes import ResponseCode
from pushgate.adapters.vendor_settings import VendorSettings, holds_secret
from pushgate.domain.app import PushRate
from pushgate.domain.clock import Clock
from pushgate.domain.message import Options
from pushgate.domain.push_class import PushClass
from pushgate.http2.credentials import CredentialCache, CredentialStore, Fetch, NoCredentialStore

Settings = TypeVar("Settings", bound=VendorSettings)
OPAQUE_TOKEN = re.compile(r"[!#-+\--\[\]-~]{4,1024}")
"""A token whose form the vendor does not document: printable ASCII that needs no escape in JSON.

A comma would end the token in a list of tokens.
"""


def _no_url() -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class AdapterContext:
    """What an adapter may use of its process.

    `receipt_url` returns the address that pushes name for their receipts now, if there is one.
    """

    app: str
    clock: Clock
    credentials: CredentialStore
    receipt_url: Callable[[], str | None] = _no_url

    def shared_credentials(self, name: str, fetch: Fetch, renew_before: timedelta) -> CredentialCache:
        """Return a credential of this app that all processes share."""
        return CredentialCache(
            name=f"{self.app}:{name}",
            fetch=fetch,
            renew_before=renew_before,
            clock=self.clock,
            store=self.credentials,
        )

    def own_credentials(self, name: str, fetch: Fetch, renew_before: timedelta) -> CredentialCache:
        """Return a credential of this process alone, for those that cost nothing to make."""
        return CredentialCache(
            name=name,
            fetch=fetch,
            renew_before=renew_before,
            clock=self.clock,
            store=NoCredentialStore(),
        )


OpenAdapter = Callable[[VendorSettings, AdapterContext], Adapter]
PushClassOf = Callable[[Options, VendorSettings], PushClass]


def classifier(kind: type[Settings], tell: Callable[[Options, Settings], PushClass]) -> PushClassOf:
    """Return what tells the class of a message, with settings of this kind, the vendor's own."""

    def push_class(options: Options, settings: VendorSettings) -> PushClass:
        assert isinstance(settings, kind)
        return tell(options, settings)

    return push_class


def opener(kind: type[Settings], adapter: Callable[[Settings, AdapterContext], Adapter]) -> OpenAdapter:
    """Return what opens the adapter with settings of this kind, the vendor's own.

    The adapter gets the contents of the files that the settings name.
    """

    def open_adapter(settings: VendorSettings, context: AdapterContext) -> Adapter:
        assert isinstance(settings, kind)
        with naming_files(settings):
            return adapter(read_contents(settings), context)

    return open_adapter


class Feature(StrEnum):
    """What a message can ask for and not every vendor has."""

    IMAGE = "image"
    BADGE = "badge"
    SILENT = "silent"
    PRIORITY = "priority"
    COLLAPSE = "collapse_key"
    DRY_RUN = "own dry run"
    RECALL = "recall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a vendor: None where there is no limit of the kind.

    `max_ttl` is how long the vendor stores a push. `max_title` and `max_body` count characters, or
    `unit` where the vendor counts in another unit. `max_bytes` is for the whole payload.
    """

    max_ttl: timedelta
    max_title: int | None = None
    max_body: int | None = None
    max_bytes: int | None = None
    unit: str = ""


def _no_fault(_token: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A vendor. Each vendor's folder defines one in its `adapter` module, named VENDOR.

    `open` takes an instance of `settings`. It raises ConfigurationError when a credential cannot be
    read (a key file that is missing or is no key); the faults' fields are relative to the vendor's
    section. `options` is the model of `options.<vendor>` in a message.

    `normalize_token` returns the one spelling in which a token is stored, compared and matched with
    `token_pattern`; it changes nothing by which the vendor tells tokens apart. `token_fault` says
    in words why a token that matches the pattern is not valid all the same. `token_hint` tells
    people what a token has to be. A token that matches `topic_pattern` is a topic, not a terminal.

    `max_batch` is the number of tokens that one request takes. `receipts` is the table of receipt
    codes. `max_receipt_url` is the number of characters of the receipt address in a push, 0 where
    the address is set in the vendor's console only. `message_classes` maps a message's category to
    the vendor's options for its class of message: either no category or every category is in it.

    `push_class` tells the class that the vendor counts a message in, for an app with these
    settings; None for a vendor that counts no classes.
    """

    name: str
    settings: type[VendorSettings]
    options: type[BaseModel]
    token_pattern: re.Pattern[str]
    max_batch: int
    codes: Mapping[str, ResponseCode]
    quota: PushRate
    features: frozenset[Feature]
    limits: Limits
    open: OpenAdapter
    normalize_token: Callable[[str], str] = str
    token_fault: Callable[[str], str | None] = _no_fault
    token_hint: str = ""
    topic_pattern: re.Pattern[str] | None = None
    receipts: Mapping[str, ReceiptCode] = field(default_factory=dict)
    max_receipt_url: int = 0
    message_classes: MessageClasses = field(default_factory=dict)
    push_class: PushClassOf | None = None

    @property
    def receipt_events(self) -> frozenset[ReportedEvent]:
        """The events that the vendor's receipts can report."""
        return frozenset(code.event for code in self.receipts.values() if code.event)

    @property
    def reports_muted(self) -> bool:
        """Whether an answer or a receipt can say that a terminal shows no notifications."""
        return ReportedEvent.MUTED in self.receipt_events or any(code.muted for code in self.codes.values())

    @property
    def secrets(self) -> frozenset[str]:
        """The settings whose contents are secret. The paths of their files are not."""
        return frozenset(
            name for name, setting in self.settings.model_fields.items() if holds_secret(setting.annotation)
        )
