"""Pages of the site have the links and words of the documents, adapted to the site."""

from pathlib import Path

import pytest
from docs.site.documents import ROOT, Page, find_pages, page_of
from docs.site.staging import Stage

DOCS = "docs"
"""Apart from the names below, some of which no document has."""
HOME = Page(f"{DOCS}/README.md", "en", "index")
GUIDE = Page(f"{DOCS}/how-to/guide.md", "en", "how-to/guide")
CHINESE = Page(f"{DOCS}/zh/how-to/guide.md", "zh", "how-to/guide")
PAGES = {page.document: page for page in (HOME, GUIDE, CHINESE, page_of("ARCHITECTURE.md"))}


@pytest.fixture
def english(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "en", "en", PAGES)


@pytest.fixture
def chinese(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "zh", "zh", PAGES)


@pytest.mark.parametrize(
    ("document", "language", "name"),
    [
        ("docs/README.md", "en", "index"),
        (f"{DOCS}/adr/README.md", "en", "adr/index"),
        (f"{DOCS}/how-to/alert.md", "en", "how-to/alert"),
        (f"{DOCS}/zh/README.md", "zh", "index"),
        (f"{DOCS}/zh/how-to/alert.md", "zh", "how-to/alert"),
        ("CHANGELOG.md", "en", "project/changelog"),
        ("README.zh-CN.md", "zh", "project/readme"),
        ("clients/python/README.md", "en", "clients/python"),
    ],
)
def test_a_document_has_its_place(document: str, language: str, name: str) -> None:
    assert page_of(document) == Page(document, language, name)


def test_no_two_documents_have_one_place() -> None:
    addresses = [page.address for page in find_pages().values()]
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize(
    ("link", "becomes"),
    [
        ("[a](../README.md#b)", "[a](../index.md#b)"),
        ("[a](../../ARCHITECTURE.md)", "[a](../project/architecture.md)"),
        ("[a](..)", "[a](../index.md)"),
        ("[`a`](../../deploy/)", "`a`"),
        ("[a](#here)", "[a](#here)"),
        ("[a](https://example.com/b.md)", "[a](https://example.com/b.md)"),
        ("[a `b`](../zh/how-to/guide.md#c)", '<a href="../zh/how-to/guide.html#c">a `b`</a>'),
    ],
)
def test_a_link_leads_to_the_page_of_the_document(english: Stage, link: str, becomes: str) -> None:
    assert english.adapt(GUIDE, link) == becomes


def test_a_chinese_page_links_to_an_english_one(chinese: Stage) -> None:
    link = chinese.adapt(CHINESE, "[a](../../how-to/guide.md#b)")
    assert link == '<a href="../../how-to/guide.html#b">a</a>'


def test_chinese_lines_are_joined_without_a_space(chinese: Stage) -> None:
    text = "# 标题\n\n第一句。\n第二句：\n`code`。\n\n- 一项，\n  续行\n- 另一项\n\n| 表 |\n|---|\n| 格 |\n"
    assert chinese.adapt(CHINESE, text) == (
        "# 标题\n\n第一句。第二句：`code`。\n\n- 一项，续行\n- 另一项\n\n| 表 |\n|---|\n| 格 |\n"
    )


def test_a_file_that_is_no_page_comes_along(english: Stage, tmp_path: Path) -> None:
    assert english.adapt(GUIDE, "[a](../../Dockerfile)") == "[a](../files/Dockerfile)"
    assert (tmp_path / "en" / "files" / "Dockerfile").read_bytes() == (ROOT / "Dockerfile").read_bytes()


def test_a_link_that_leads_nowhere_is_an_error(english: Stage) -> None:
    with pytest.raises(ValueError, match="is no file of the repository"):
        english.adapt(GUIDE, "[a](../none.md)")


def test_code_is_left_as_it_is(english: Stage) -> None:
    text = "```sh\necho [a](none.md)\n```\n"
    assert english.adapt(GUIDE, text) == text


def test_a_command_that_tests_do_not_run_says_so(english: Stage, chinese: Stage) -> None:
    text = '   ```sh elsewhere="a cluster"\n   kubectl apply\n   ```\n'
    assert english.adapt(GUIDE, text) == (
        "   *Not run by the tests of these documents. Needs a cluster.*\n\n"
        "   ```sh\n   kubectl apply\n   ```\n"
    )
    assert "a cluster" in chinese.adapt(CHINESE, text)
