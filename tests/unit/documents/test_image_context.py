"""Images are built from what `.dockerignore` lets through."""

from fnmatch import fnmatch
from pathlib import PurePosixPath

import pytest
from docs.site.documents import ROOT
from tests.support.image_files import copied_by_stage


@pytest.mark.parametrize("name", sorted({name for names in copied_by_stage() for name in names}))
def test_what_the_dockerfile_copies_is_in_its_context(name: str) -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    admitted = [line[1:] for line in lines if line.startswith("!")]
    paths = [name, *(str(parent) for parent in PurePosixPath(name).parents)]
    assert any(fnmatch(path, pattern) for path in paths for pattern in admitted)
    assert list(ROOT.glob(name))
