"""What simulated vendors are made from, once for each test module."""

import pytest

from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.simulated_vendor import SandboxContext


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> SandboxContext:
    return SandboxContext(Credentials(tmp_path_factory.mktemp("credentials"), "https://sandbox:1"))
