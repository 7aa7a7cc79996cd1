"""Sphinx extension: a fence of Mermaid becomes the SVG that `make diagrams` rendered from it.

The SVG's name is a digest of the fence, so that a changed diagram cannot keep its old picture.
"""

import hashlib
import html
import re
from pathlib import Path
from typing import Final

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

RENDERED: Final = Path(__file__).with_name("diagrams")
TITLE: Final = re.compile(r"^\s*accTitle: *(.+)$", re.MULTILINE)

_log = logging.getLogger(__name__)


def rendered_name(source: str) -> str:
    """The file of a fence's picture."""
    return hashlib.sha256(source.strip().encode()).hexdigest()[:16] + ".svg"


def show_diagrams(app: Sphinx, tree: nodes.document) -> None:
    """Replace fences of Mermaid by their pictures."""
    for block in list(tree.findall(nodes.literal_block)):
        if block.get("language") != "mermaid":
            continue
        source = block.astext()
        title = TITLE.search(source)
        picture = RENDERED / rendered_name(source)
        if title is None or not picture.exists():
            _log.warning("a diagram lacks its accTitle or its picture: run `make diagrams`", location=block)
            continue
        svg = picture.read_text("utf-8")
        label = html.escape(title[1].strip())
        figure = f'<figure class="diagram" role="img" aria-label="{label}" tabindex="0">{svg}</figure>'
        block.replace_self(nodes.raw("", figure, format="html"))


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("doctree-read", show_diagrams)
    return {"parallel_read_safe": True}
