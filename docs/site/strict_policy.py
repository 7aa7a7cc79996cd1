"""Sphinx extension: what the theme and Sphinx write inline, and a strict Content-Security-Policy
would block, is written as the policy allows.
"""

import re
from pathlib import Path
from typing import Final

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

REPLACED: Final = {
    'style="display: none;"': 'class="icon-definitions"',
    'style="opacity: 50%"': 'opacity="0.5"',
}
STYLE: Final = re.compile(r"<[a-zA-Z][^<>]*\sstyle=")
HANDLER: Final = re.compile(r"<[a-zA-Z][^<>]*\son[a-z]+=")
PLURAL: Final = re.compile(r"new Function\(\s*\"n\",\s*`[^`]*`,?\s*\)")


def make_strict(app: Sphinx, failure: Exception | None) -> None:
    """Rewrite the built files. Raise ExtensionError where something inline is left."""
    if failure is not None:
        return
    out = Path(app.outdir)
    for file in out.rglob("*.html"):
        text = file.read_text("utf-8")
        for inline, allowed in REPLACED.items():
            text = text.replace(inline, allowed)
        if STYLE.search(text) or HANDLER.search(text):
            raise ExtensionError(f"{file.name} has a style or a handler inline")
        file.write_text(text, "utf-8")
    # Sphinx makes the rule of plurals from text. Chinese has one form for all numbers.
    script = out / "_static" / "doctools.js"
    text, replaced = PLURAL.subn(
        "(n) => (n == 1 ? 0 : 1)" if app.config.language == "en" else "() => 0", script.read_text("utf-8")
    )
    if not replaced:
        raise ExtensionError("doctools.js has another rule of plurals than expected")
    script.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("build-finished", make_strict)
    return {"parallel_read_safe": True}
