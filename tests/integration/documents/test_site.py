"""`make site` builds every document of both languages, without a warning, into pages that need no
internet.
"""

import re
from pathlib import Path

from docs.site.documents import find_pages

MADE_CODE = re.compile(r"new Function|\beval\(")
ELSEWHERE = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"(?:https?:)?//")


def test_every_document_is_a_page(site: Path) -> None:
    missing = [page.address for page in find_pages().values() if not (site / page.address).is_file()]
    assert missing == []


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 50
    assert [page.name for page in pages if ELSEWHERE.search(page.read_text("utf-8"))] == []


def test_diagrams_are_pictures_in_the_page(site: Path) -> None:
    page = (site / "explanation" / "accounting.html").read_text("utf-8")
    assert page.count('<figure class="diagram"') == 1
    assert "stateDiagram" not in page


def test_no_script_makes_code_from_text(site: Path) -> None:
    """A page's policy would refuse it. furo.js does it in browsers without `globalThis` alone."""
    scripts = {path.name for path in site.rglob("*.js") if MADE_CODE.search(path.read_text("utf-8"))}
    assert scripts == {"furo.js"}


def test_the_search_knows_the_words_of_the_documents(site: Path) -> None:
    assert "callback" in (site / "searchindex.js").read_text("utf-8")
