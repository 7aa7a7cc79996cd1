"""Sphinx extension: each page links to its counterpart in the other language."""

import posixpath
from pathlib import Path
from typing import Final

from sphinx.application import Sphinx

NAMES: Final = {"en": "English", "zh": "中文"}


def link_languages(app: Sphinx, page: str, template: str, context: dict[str, object], tree: object) -> None:
    """Give the template the page's address in each language: that of the home page where a page is
    not translated.
    """
    own = (app.config.language or "en").split("_")[0]
    root = "../" * page.count("/") if own == "en" else "../" * (page.count("/") + 1)
    links = []
    for language, name in NAMES.items():
        folder = Path(app.srcdir).parent / language
        if not folder.is_dir():
            continue
        known = page if (folder / f"{page}.md").exists() or page == "search" else "index"
        path = known if language == "en" else posixpath.join(language, known)
        links.append(
            {"language": language, "name": name, "href": f"{root}{path}.html", "own": language == own}
        )
    context["languages"] = links if len(links) > 1 else []


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("html-page-context", link_languages)
    return {"parallel_read_safe": True}
