"""A Chinese page has the code of its English page, and links to Chinese pages where there are."""

import posixpath
import re
import tomllib
from pathlib import Path

import pytest
from tests.support.documents import ROOT, Block, blocks_of

DOCS = ROOT / "docs"
CHINESE = DOCS / "zh"
PAGES = sorted(str(page.relative_to(CHINESE)) for page in CHINESE.rglob("*.md"))
LINK = re.compile(r"\]\(([^)\s#:]+\.md)")
COMMENT = re.compile(r"(?:^|\s+)# .*$", re.MULTILINE)
COMMENTED = frozenset(["sh", "text", "yaml", "python"])
"""Languages whose comments are translated too."""


def code_of(block: Block) -> tuple[str, bool, object]:
    """What both languages have in common: language, whether a test runs the block, and code."""
    if block.language == "mermaid":
        return block.language, False, None
    if block.language == "toml":
        return block.language, False, tomllib.loads(block.text)
    text = COMMENT.sub("", block.text) if block.language in COMMENTED else block.text
    return block.language, bool(block.needs), text


@pytest.mark.parametrize("folder", ["tutorial", "how-to"])
def test_every_page_has_a_translation(folder: str) -> None:
    english = {page.name for page in (DOCS / folder).glob("*.md")}
    assert sorted(english - {page.name for page in (CHINESE / folder).glob("*.md")}) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_translation_has_the_code_of_its_english_page(page: str) -> None:
    english, chinese = (map(code_of, blocks_of(f"{folder}/{page}")) for folder in ("docs", "docs/zh"))
    assert list(chinese) == list(english)


@pytest.mark.parametrize("page", PAGES)
def test_a_translation_links_to_translations(page: str) -> None:
    folder = posixpath.dirname(f"docs/zh/{page}")
    linked = {posixpath.normpath(posixpath.join(folder, path)) for path in links_of(CHINESE / page)}
    in_english = {path for path in linked if path.startswith("docs/") and not path.startswith("docs/zh/")}
    assert sorted(path for path in in_english if (CHINESE / path.removeprefix("docs/")).exists()) == []


def links_of(page: Path) -> list[str]:
    return LINK.findall(page.read_text("utf-8"))
