"""Documents of the repository and their places in the site.

Takes paths from the root of the repository, and gives pages. Knows nothing of Sphinx.
"""

import posixpath
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_OURS = frozenset(["node_modules", "build", "dist", "site", "__pycache__"])
PROJECT_PAGES = {
    "README.md": "project/readme",
    "ARCHITECTURE.md": "project/architecture",
    "CONTRIBUTING.md": "project/contributing",
    "SECURITY.md": "project/security",
    "CHANGELOG.md": "project/changelog",
    "bench/README.md": "project/benchmarks",
    "deploy/helm/pushgate/README.md": "project/helm-chart",
}
"""English documents outside docs/ that are pages of the site too."""
CHINESE_PROJECT_PAGES = {"README.zh-CN.md": "project/readme"}


@dataclass(frozen=True)
class Page:
    """A document as a page: `language` is en or zh, `name` its path without a suffix."""

    document: str
    language: str
    name: str

    @property
    def address(self) -> str:
        """Path of the built page below the root of the site."""
        return f"{self.name}.html" if self.language == "en" else f"{self.language}/{self.name}.html"


def find_pages() -> dict[str, Page]:
    """Every page of the site by its document's path from the root of the repository."""
    documents = [*_markdown_below("docs"), *_client_documents(), *PROJECT_PAGES, *CHINESE_PROJECT_PAGES]
    return {document: page_of(document) for document in documents}


def page_of(document: str) -> Page:
    """Where a document is in the site."""
    if document in PROJECT_PAGES:
        return Page(document, "en", PROJECT_PAGES[document])
    if document in CHINESE_PROJECT_PAGES:
        return Page(document, "zh", CHINESE_PROJECT_PAGES[document])
    folder, _, path = document.removesuffix(".md").partition("/")
    if folder == "clients":
        return Page(document, "en", "clients/" + posixpath.dirname(path).replace("/", "-"))
    language, name = ("zh", path.removeprefix("zh/")) if path.startswith("zh/") else ("en", path)
    if posixpath.basename(name) == "README":
        name = posixpath.join(posixpath.dirname(name), "index")
    return Page(document, language, name)


def _client_documents() -> list[str]:
    return [path for path in _markdown_below("clients") if posixpath.basename(path) == "README.md"]


def _markdown_below(folder: str) -> list[str]:
    found: list[str] = []
    for path in sorted((ROOT / folder).iterdir()):
        name = path.relative_to(ROOT).as_posix()
        if path.name in NOT_OURS or path.name.startswith("."):
            continue
        if path.is_dir():
            found += _markdown_below(name)
        elif path.suffix == ".md":
            found.append(name)
    return found
