"""Which documents are made from the code, and by what."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from docs.generator.api_calls import api_calls
from docs.generator.errors import errors
from docs.generator.limits import limits
from docs.generator.log_actions import log_actions
from docs.generator.metrics import metrics
from docs.generator.settings import settings
from docs.generator.sizing import sizing

from pushgate.cli import command_reference, vendor_reference

ROOT: Final = Path(__file__).parents[2]
REFERENCES: Final[Mapping[str, Callable[[], str]]] = {
    "docs/reference/api-calls.md": api_calls,
    "docs/reference/command-line.md": command_reference.markdown,
    "docs/reference/errors.md": errors,
    "docs/reference/limits.md": limits,
    "docs/reference/log-actions.md": log_actions,
    "docs/reference/metrics.md": metrics,
    "docs/reference/settings.md": settings,
    "docs/reference/sizing.md": sizing,
    "docs/reference/vendor-codes.md": vendor_reference.markdown,
}
"""The text of each document, by its path from the root of the repository."""
