"""The whole of Pushgate with a console, one for all tests: the demo app over simulated vendors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.system import System, running

from pushgate.embedded.console_link import make_link
from pushgate.processes.configuration import load


class Deployment:
    """A running system, and one-time links into its console."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.url = str(system.api.base_url).rstrip("/")
        data = system.folder / "data"
        self.settings_file = data / "run.toml"
        self.app_key = (data / "demo.admin.key").read_text("utf-8").strip()
        self.operator_key = (data / "operator.key").read_text("utf-8").strip()

    async def link(self, *keys: str) -> str:
        """Return a one-time link for these keys; without any, for those of the demo app and the
        operator.
        """
        ids = [key.split("_")[1] for key in keys or (self.app_key, self.operator_key)]
        link = await make_link(load(self.settings_file), ids)
        assert link
        return link


@contextmanager
def deployed(folder: Path, *, filled: bool = False) -> Iterator[Deployment]:
    """Start it, and stop it at the end. With `filled` the demo app has phones and a history."""
    with running(folder, None, "--workers", "1", filled=filled) as system:
        yield Deployment(system)
