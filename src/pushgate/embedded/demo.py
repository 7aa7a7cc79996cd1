"""The demo app of `pushgate up`: what runs when no app is configured, over simulated vendors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from pushgate.embedded.addresses import api_url
from pushgate.processes.administration import receipt_addresses
from pushgate.settings.model import Settings

DEMO_APP = "demo"
_TIMEOUT = 10
"""Seconds to wait for the sandbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """An app whose vendors are simulated by the sandbox, a process of Pushgate.

    `sections` are the vendors' sections of the app. `arguments` returns the command that runs the
    sandbox, given the API's URL. `sandbox_url` is the URL of the sandbox's own API. With
    `reports`, simulated client apps and vendors report receipts and clicks.
    """

    sections: Mapping[str, Mapping[str, object]]
    arguments: Callable[[str], Sequence[str]]
    sandbox_url: str
    reports: bool


async def configure_consoles(settings: Settings, demo: Demo) -> None:
    """Set in the simulated vendors' consoles where receipts go. Raises EngineUnavailable."""
    api = api_url(settings)
    consoles = {
        address.vendor: {"url": f"{api}{address.path}"}
        for address in await receipt_addresses(settings)
        if address.app == DEMO_APP
    }
    async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
        response = await client.put(f"{demo.sandbox_url}/reports", json={"url": api, "consoles": consoles})
        response.raise_for_status()
