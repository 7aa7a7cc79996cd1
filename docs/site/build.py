"""`make site`: builds the documents of both languages into one folder of HTML."""

import shutil
import sys
from pathlib import Path

from docs.site.documents import ROOT, find_pages
from docs.site.staging import Stage
from sphinx.cmd.build import main as sphinx

HERE = Path(__file__).parent
WORK = HERE / ".build"
TARGET = ROOT / "src" / "pushgate" / "console" / "guide_pages"
LANGUAGES = {"en": "en", "zh": "zh_CN"}
"""Languages of the documents, with Sphinx's names for them."""


def build(target: Path) -> int:
    """Build all languages into `target`. Any warning is an error. Return the exit code."""
    pages = find_pages()
    written = [
        language for language in LANGUAGES if any(page.language == language for page in pages.values())
    ]
    for language in written:
        Stage(WORK / "source" / language, language, pages).write()
    output = WORK / "html"
    shutil.rmtree(output, ignore_errors=True)
    for language in written:
        folder = output if language == "en" else output / language
        source, cache = WORK / "source" / language, WORK / "doctrees" / language
        options = ["-q", "-W", "--keep-going", "-b", "html", "-c", str(HERE), "-d", str(cache)]
        code: int = sphinx([*options, "-D", f"language={LANGUAGES[language]}", str(source), str(folder)])
        if code:
            return code
        for leftover in (".buildinfo", "objects.inv"):
            (folder / leftover).unlink(missing_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(output, target, ignore=shutil.ignore_patterns("*.map", ".doctrees"))
    return 0


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET))
