"""The built site, once for all tests of it."""

import os
import subprocess
from pathlib import Path

import pytest
from docs.site.documents import ROOT

PYTHON = ROOT / "docs" / ".venv" / "bin" / "python"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not PYTHON.exists():
        assert not os.environ.get("CI"), "the site's generator is missing: run make test"
        pytest.skip("the site's generator is not installed: run make site")
    folder = tmp_path_factory.mktemp("site") / "pages"
    built = subprocess.run(
        [PYTHON, "-m", "docs.site.build", folder], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (built.returncode, built.stderr) == (0, "")
    return folder
