"""The built site, once for all tests of it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from docs.site.documents import ROOT
from tests.support.image_files import copied_by_stage

PYTHON = ROOT / "docs" / ".venv" / "bin" / "python"


def copy_for_image(folder: Path) -> None:
    """Copy what the stage of the Dockerfile has that builds the site, without what `.dockerignore`
    leaves out of folders.
    """
    ignored = [
        line.rpartition("/")[2]
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line != "*" and not line.startswith("!")
    ]
    sources = [path for name in copied_by_stage()[0] for path in ROOT.glob(name)]
    assert sources
    for source in sources:
        target = folder / source.relative_to(ROOT)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(*ignored), dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as the image has it, made from the files that the image's build has."""
    if not PYTHON.exists():
        assert not os.environ.get("CI"), "the site's generator is missing: run make test"
        pytest.skip("the site's generator is not installed: run make site")
    source, folder = tmp_path_factory.mktemp("context"), tmp_path_factory.mktemp("site") / "pages"
    copy_for_image(source)
    built = subprocess.run(
        [PYTHON, "-m", "docs.site.build", folder], cwd=source, capture_output=True, text=True, check=False
    )
    assert (built.returncode, built.stderr) == (0, "")
    return folder
