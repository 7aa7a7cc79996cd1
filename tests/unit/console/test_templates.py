"""Templates of the console, as they are shipped."""

import re
from importlib.resources import files

MARK_OF_A_MERGE = re.compile(r"^(<{7}|={7}|>{7})", re.MULTILINE)


def test_no_template_shows_the_marks_of_a_merge() -> None:
    templates = list(files("pushgate.console").joinpath("templates").iterdir())
    assert len(templates) > 50
    shown = [one.name for one in templates if MARK_OF_A_MERGE.search(one.read_text("utf-8"))]
    assert shown == []
