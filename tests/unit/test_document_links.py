"""Links of documents, and citations in the code, lead to a file and a heading that exist."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = frozenset([".venv", "node_modules", "__pycache__", "build", "dist", "guide_pages"])
CODE = frozenset([".py", ".lua", ".toml", ".json", ".yml", ".yaml", ".service", ""])
CODE_FOLDERS = ("src", "tests", "bench", "clients", "deploy")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]\[]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
AUTOLINK = re.compile(r"<(https?:[^>\s]*)>")
ADDRESS = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?(/[\w./%~@+=-]*)?(\?[\w.&=%-]*)?(#[\w.-]+)?")
CITATION = re.compile(r"\bdocs/[\w/.-]+\.md(?:#[\w-]+)?")
OUTSIDE = re.compile(r"\b(?:VENDORS|DESIGN)(?:\.md\b| \d)")
"""Documents that are not in the repository."""


def files_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in NOT_OURS or (path.name.startswith(".") and path.name != ".github"):
            continue
        if path.is_dir():
            yield from files_below(path)
        else:
            yield path


FILES = list(files_below(ROOT))
DOCUMENTS = [path for path in FILES if path.suffix == ".md"]
CODE_FILES = [
    path
    for path in FILES
    if path.suffix in CODE
    and (path.parent == ROOT or path.relative_to(ROOT).parts[0] in CODE_FOLDERS)
    and not path.name.endswith(".lock")
]


@cache
def prose(document: Path) -> str:
    """The text without its blocks of code, whose brackets are not links."""
    return FENCE.sub("", document.read_text("utf-8"))


@cache
def anchors(document: Path) -> frozenset[str]:
    """The anchors of the headings, as GitHub makes them from their text."""
    found: set[str] = set()
    for heading in HEADING.findall(prose(document)):
        text = LINK.sub(lambda link: link[0][1 : link[0].index("]")], heading)
        anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        repeated = 0
        while f"{anchor}-{repeated}" in found or (not repeated and anchor in found):
            repeated += 1
        found.add(f"{anchor}-{repeated}" if repeated else anchor)
    return frozenset(found)


def broken(target: str, from_folder: Path, own: Path | None = None) -> str | None:
    """What is wrong with a relative link, None if nothing is."""
    path, _, anchor = target.partition("#")
    file = (from_folder / path).resolve() if path else own
    if file is None or not file.exists():
        return f"{target}: no such file"
    if anchor and file.suffix == ".md" and anchor not in anchors(file):
        return f"{target}: no such heading"
    return None


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    links = [link for link in LINK.findall(prose(document)) if "://" not in link and "mailto:" not in link]
    assert [fault for link in links if (fault := broken(link, document.parent, document))] == []


def test_links_to_elsewhere_are_addresses() -> None:
    """Their form alone is checked: tests do not depend on the internet."""
    texts = [prose(document) for document in DOCUMENTS]
    links = {link for text in texts for link in LINK.findall(text) + AUTOLINK.findall(text) if "://" in link}
    assert len(links) > 10
    assert sorted(link for link in links if not ADDRESS.fullmatch(link)) == []


def test_every_citation_of_a_document_in_the_code_leads_somewhere() -> None:
    found = {
        path: [fault for cited in CITATION.findall(text_of(path)) if (fault := broken(cited, ROOT))]
        for path in CODE_FILES
    }
    assert {str(path.relative_to(ROOT)): faults for path, faults in found.items() if faults} == {}


def test_no_file_cites_a_document_outside_the_repository() -> None:
    citing = [path for path in CODE_FILES + DOCUMENTS if OUTSIDE.search(text_of(path))]
    assert names(citing) == []


def test_every_vendor_has_the_same_sections() -> None:
    """Comments in the code rely on these anchors."""
    sections = {
        "credentials", "requests", "limits", "tokens", "options", "codes", "quotas", "receipts", "recall",
        "expiry", "unconfirmed", "sources",
    }  # fmt: skip
    pages = ROOT / "docs" / "reference" / "vendors"
    missing = {
        page.name: sorted(sections - anchors(page)) for page in pages.glob("*.md") if page.stem != "index"
    }
    assert {name: absent for name, absent in missing.items() if absent} == {}


def test_a_heading_gives_the_anchor_that_github_gives(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("# HTTP/2 and `code`\n## Twice\n## Twice\n```\n# no heading\n```\n", "utf-8")
    assert anchors(document) == {"http2-and-code", "twice", "twice-1"}


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")
