"""The master key that `pushgate up` makes for itself."""

from pathlib import Path

from pushgate.embedded.private_files import write_private
from pushgate.sealing.master_keys import new_key
from pushgate.settings.model import Settings

MASTER_KEY_FILE = "master.key"


def ensure_master_key(settings: Settings, folder: Path) -> Settings:
    """The settings with a master key: theirs, else that of the folder, which is made if there is
    none.
    """
    if settings.secrets.key or settings.secrets.key_file:
        return settings
    file = (folder / MASTER_KEY_FILE).absolute()
    if not file.exists():
        write_private(file, new_key() + "\n")
    secrets = settings.secrets.model_copy(update={"key_file": file})
    return settings.model_copy(update={"secrets": secrets})
