"""Options that several commands take."""

import os
from pathlib import Path
from typing import Annotated

import typer

from pushgate.settings.loading import FILE_VARIABLE
from pushgate.settings.model import Settings

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", help="The configuration; default PUSHGATE_CONFIG, else ./pushgate.toml if it is there."
    ),
]
RunningConfig = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The configuration; default PUSHGATE_CONFIG, else .pushgate/run.toml, else ./pushgate.toml.",
    ),
]
"""Of commands that look at what runs: read it with `running_configuration`."""


_RUNNING = Path(".pushgate/run.toml")


def running_configuration(config: Path | None) -> Path | None:
    """The configuration that is named, else that of what `pushgate up` runs in this folder. None
    leaves the search to `load`.
    """
    named = config is not None or bool(os.environ.get(FILE_VARIABLE))
    return _RUNNING if not named and _RUNNING.exists() else config


def with_api_address(settings: Settings, host: str | None, port: int | None) -> Settings:
    """The settings with the API at this address; None leaves what the settings say."""
    changes = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return settings.model_copy(update={"api": settings.api.model_copy(update=changes)})


def split_names(text: str) -> tuple[str, ...]:
    """The names in a text with commas between them."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
