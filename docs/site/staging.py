"""Writes the pages of one language as Sphinx reads them: links and fences are adapted, and the home
page gets the table of contents. The documents stay plain Markdown that also reads well on a forge.
"""

import posixpath
import re
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from docs.site.documents import ROOT, Page

FENCED: Final = re.compile(r"^( *)(```+|~~~+)(.*?)\n(.*?)^ *\2 *$", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"(!?)\[([^\]\[]*)\]\(([^)\s]+)\)")
ELSEWHERE: Final = re.compile(r'elsewhere="([^"]+)"')
WRAP: Final = re.compile(r"(?<=[\u3001-\u9fff\uff01-\uff5e])\n *(?=[\u3001-\u9fff\uff08`\[A-Za-z])")
"""A break of the line within Chinese text, which a browser would show as a space."""
NAVIGATION: Final = Path(__file__).with_name("navigation.toml")
NOT_RUN: Final = {
    "en": "*Not run by the tests of these documents. Needs {}.*",
    "zh": "*文档的测试不运行以下命令。所需条件：{}。*",
}


class Stage:
    """The folder of one language's pages."""

    def __init__(self, folder: Path, language: str, pages: Mapping[str, Page]) -> None:
        self._folder = folder
        self._language = language
        self._pages = pages
        self._own = {page.name: page for page in pages.values() if page.language == language}

    def write(self) -> None:
        """Write all pages. A link to a folder without a page becomes plain text.

        Raise ValueError at a link that leads nowhere.
        """
        shutil.rmtree(self._folder, ignore_errors=True)
        for page in self._own.values():
            text = self.adapt(page, (ROOT / page.document).read_text("utf-8"))
            if page.name == "index":
                text += self._contents()
            target = self._folder / f"{page.name}.md"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")

    def adapt(self, page: Page, text: str) -> str:
        """The page's text with links of the site, and with a word on commands that tests do not
        run.
        """
        parts: list[str] = []
        at = 0
        for fence in FENCED.finditer(text):
            parts += [self._adapt_prose(page, text[at : fence.start()]), self._mark(fence)]
            at = fence.end()
        return "".join([*parts, self._adapt_prose(page, text[at:])])

    def _mark(self, fence: re.Match[str]) -> str:
        needs = ELSEWHERE.search(fence[3])
        if needs is None:
            return fence[0]
        indent, marks, info, body = fence.groups()
        word = NOT_RUN[self._language].format(needs[1])
        language = info.split()[0]
        return f"{indent}{word}\n\n{indent}{marks}{language}\n{body}{indent}{marks}"

    def _adapt_prose(self, page: Page, text: str) -> str:
        text = LINK.sub(lambda link: self._link(page, link), text)
        return WRAP.sub("", text) if self._language == "zh" else text

    def _link(self, page: Page, link: re.Match[str]) -> str:
        image, text, target = link.groups()
        path, mark, anchor = target.partition("#")
        if ":" in path or not path:
            return link[0]
        document = posixpath.normpath(posixpath.join(posixpath.dirname(page.document), path))
        here = posixpath.dirname(page.name) or "."
        other = self._pages.get(document) or self._pages.get(f"{document}/README.md")
        if other is None and (ROOT / document).is_dir():
            return text
        if other is None:
            return f"{image}[{text}]({posixpath.relpath(self._add_file(page, document), here)})"
        if other.language == page.language:
            return f"[{text}]({posixpath.relpath(other.name, here)}.md{mark}{anchor})"
        address = posixpath.relpath(other.address, posixpath.dirname(page.address) or ".")
        return f'<a href="{address}{mark}{anchor}">{text}</a>'

    def _add_file(self, page: Page, document: str) -> str:
        source = ROOT / document
        if not source.is_file():
            raise ValueError(f"{page.document}: {document} is no file of the repository")
        target = self._folder / "files" / document
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return f"files/{document}"

    def _contents(self) -> str:
        """The table of contents: pages in the order of navigation.toml, others after those of their
        folder.
        """
        parts = tomllib.loads(NAVIGATION.read_text("utf-8"))["part"]
        listed = {name for part in parts for name in part["pages"]} | {"index"}
        text = ""
        for part in parts:
            more = sorted(
                name
                for name in self._own
                if name not in listed and posixpath.dirname(name) in part["folders"]
            )
            names = [name for name in part["pages"] if name in self._own] + more
            if names:
                lines = "\n".join(names)
                text += f"\n\n```{{toctree}}\n:hidden:\n:caption: {part[self._language]}\n\n{lines}\n```\n"
        return text
