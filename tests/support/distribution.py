"""How tests are shared out among processes that run beside each other.

A process gets a whole file, because fixtures of a file start engines. It gets a whole folder where
tests share one running system, so that the system is started once.
"""

from pathlib import PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

WHOLE_FOLDERS = {
    "tests/acceptance": "system",
    "tests/acceptance/clients": "system",
    "tests/acceptance/command_line": "command line",
    "tests/acceptance/faults": "faults",
    "tests/acceptance/fleet": "fleet",
    "tests/console": "console",
    "tests/integration/redis/servers": "many servers",
}
"""The name of the system that the tests of a folder share."""


def group_of(nodeid: str) -> str:
    """The file, or the name of the system, with whose tests a test is run."""
    file = nodeid.partition("::")[0]
    return WHOLE_FOLDERS.get(str(PurePosixPath(file).parent), file)


class WholeFiles(LoadScopeScheduling):
    """Files and whole folders in the order of their paths: whole systems, which take longest, come
    first.
    """

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        """The file or folder that a test is run with."""
        return group_of(nodeid)
