"""Adapters opened with the sandbox's settings."""

from collections.abc import Mapping
from pathlib import Path

from pushgate.adapters.contract import Adapter
from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import AdapterContext
from pushgate.domain.clock import SystemClock
from pushgate.http2.credentials import NoCredentialStore
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import app_sections


class OpenedAdapters:
    """Opens adapters of the app `shop` with credentials in this folder."""

    def __init__(self, folder: Path) -> None:
        self._sections = app_sections(Credentials(folder, "https://sandbox:1"))

    def open(self, vendor: str, section: Mapping[str, object], receipt_url: str | None = None) -> Adapter:
        """Open the vendor's adapter, with the settings of `section` in place of the sandbox's."""
        known = vendors()[vendor]
        settings = known.settings.model_validate({**self._sections[vendor], **section})
        context = AdapterContext("shop", SystemClock(), NoCredentialStore(), lambda: receipt_url)
        return known.open(settings, context)
