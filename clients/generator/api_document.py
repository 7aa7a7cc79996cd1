"""The OpenAPI document, from the code itself. No server runs."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from pushgate.api.app import create
from pushgate.api.context import ApiContext
from pushgate.settings.api import ApiSettings

CLIENTS = Path(__file__).parents[1]
"""The folder of the client libraries."""


def document() -> dict[str, Any]:
    """Return the OpenAPI document. No resource is asked for anything: the settings are enough."""
    return create(cast("ApiContext", SimpleNamespace(settings=ApiSettings()))).openapi()
