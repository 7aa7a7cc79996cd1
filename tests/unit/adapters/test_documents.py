"""docs/vendors.md tells every code and every option there is."""

import importlib
from pathlib import Path

import pytest

from pushgate.adapters.rules import Extras
from pushgate.adapters.vendors import vendors

DOCUMENT = (Path(__file__).parents[3] / "docs" / "vendors.md").read_text("utf-8")


@pytest.mark.parametrize("name", vendors())
def test_every_code_and_option_is_documented(name: str) -> None:
    section = DOCUMENT.partition(f"## `{name}`\n")[2].partition("\n## ")[0]
    missing = [
        code
        for code, rule in vendors()[name].codes.items()
        if f"| `{code}` | {rule.meaning} |" not in section
    ]
    assert missing == []
    module = importlib.import_module(f"pushgate.adapters.{name}")
    (extras,) = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Extras) and kind is not Extras
    ]
    assert [field for field in extras.model_fields if f"`{field}`" not in section] == []
