"""The files with API keys that `pushgate up` leaves in its data folder: one of each app, one of the
operator.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from pushgate.apps.api_keys import ApiKeys
from pushgate.domain.app import Scope
from pushgate.domain.errors import Unauthorized
from pushgate.embedded.private_files import read_if_exists, write_private
from pushgate.processes.administration import open_api_keys
from pushgate.settings.model import Settings

OPERATOR_KEY_FILE = "operator.key"
_APP_SCOPES = (Scope.PUSH, Scope.READ, Scope.TERMINALS)


async def ensure_key_files(settings: Settings, folder: Path) -> list[Path]:
    """The files of every app's key and of the operator's; missing ones are made.

    Redis may take half a minute to start. Raises EngineUnavailable.
    """
    async with open_api_keys(settings, wait=True) as keys:
        files = [await _ensure_file(keys, folder / f"{app}.key", app, _APP_SCOPES) for app in settings.apps]
        operator = await _ensure_file(keys, folder / OPERATOR_KEY_FILE, "", [Scope.OPERATOR])
        return [*files, operator]


async def _ensure_file(keys: ApiKeys, file: Path, app: str, scopes: Sequence[Scope]) -> Path:
    """A file with a valid key of the app. No key is made for an app that has keys but no file."""
    written = read_if_exists(file)
    if written is not None:
        with contextlib.suppress(Unauthorized):
            await keys.authenticate(written.strip())
            return file
    elif await keys.list(app):
        return file  # an operator has made keys by hand
    write_private(file, await keys.create(app, scopes, "made by pushgate up") + "\n")
    return file
