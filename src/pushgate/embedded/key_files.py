"""The files with API keys that `pushgate up` leaves in its data folder: of each app one to send
with and one of the scope `admin`, and one of the operator.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pushgate.apps.api_key import ApiKey
from pushgate.apps.api_keys import ApiKeys
from pushgate.domain.app import Scope
from pushgate.domain.errors import Unauthorized
from pushgate.embedded.private_files import read_if_exists, write_private
from pushgate.processes.administration import open_api_keys
from pushgate.settings.model import Settings

OPERATOR_KEY_FILE = "operator.key"
_APP_SCOPES = (Scope.PUSH, Scope.READ, Scope.TERMINALS)


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The files that there are, and the ids of the keys with the widest scopes: one of each app,
    and one of the operator.
    """

    files: Sequence[Path]
    key_ids: Sequence[str]


async def ensure_key_files(settings: Settings, folder: Path) -> KeyFiles:
    """The files of every app's keys and of the operator's; missing ones are made.

    No key is made for an app that has keys and no file: somebody makes keys by hand. Redis may take
    half a minute to start. Raises EngineUnavailable.
    """
    files, key_ids = list[Path](), list[str]()
    async with open_api_keys(settings, wait=True) as keys:
        for app in (*settings.apps, ""):
            file = folder / (f"{app}.key" if app else OPERATOR_KEY_FILE)
            if not file.exists() and (by_hand := await keys.list(app)):
                key_ids += [key.id for key in _widest(by_hand)]
                continue
            widest = await _ensure_key(keys, file, app, _APP_SCOPES if app else (Scope.OPERATOR,))
            files.append(file)
            if app:
                widest = await _ensure_key(keys, folder / f"{app}.admin.key", app, (Scope.ADMIN,))
            key_ids.append(widest.id)
    return KeyFiles(files, key_ids)


async def find_keys(settings: Settings) -> Sequence[str]:
    """The ids of the keys with the widest scopes: one of each app that has keys, and one of the
    operator. Raises EngineUnavailable.
    """
    async with open_api_keys(settings) as keys:
        return [key.id for key in _widest(await keys.list())]


async def _ensure_key(keys: ApiKeys, file: Path, app: str, scopes: Sequence[Scope]) -> ApiKey:
    """The key of a file. A new one where the file is missing, or its key does not hold any more."""
    if (written := read_if_exists(file)) is not None:
        try:
            return await keys.authenticate(written.strip())
        except Unauthorized:
            pass
    text = await keys.create(app, scopes, "made by pushgate up")
    write_private(file, text + "\n")
    return await keys.authenticate(text)


def _widest(keys: Sequence[ApiKey]) -> Sequence[ApiKey]:
    """Of each app the key that may most. Keys that have expired sign nobody in."""
    found: dict[str, ApiKey] = {}
    now = datetime.now(UTC)
    for key in keys:
        if not key.has_expired(now):
            found[key.app] = max(found.get(key.app, key), key, key=_rank)
    return list(found.values())


def _rank(key: ApiKey) -> tuple[bool, bool, int]:
    """How much a key may: with `admin` or `operator` most, and for ever rather than for a time."""
    return key.may(Scope.ADMIN) or key.may(Scope.OPERATOR), key.expires_at is None, len(key.scopes)
