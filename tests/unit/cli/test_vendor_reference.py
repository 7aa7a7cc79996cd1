"""docs/reference/vendor-codes.md is what `pushgate vendors` prints."""

from pathlib import Path

import pytest

from pushgate.adapters.registry import vendors
from pushgate.cli.vendor_reference import markdown

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "vendor-codes.md"


@pytest.fixture(scope="module")
def printed() -> str:
    return markdown()


def test_the_document_is_up_to_date(printed: str) -> None:
    assert DOCUMENT.read_text("utf-8") == printed, "run `make docs`"


@pytest.mark.parametrize("name", vendors())
def test_the_reference_has_every_code_and_option(name: str, printed: str) -> None:
    section = printed.partition(f"## `{name}`\n")[2].partition("\n## ")[0]
    vendor = vendors()[name]
    assert [
        code for code, rule in vendor.codes.items() if f"| `{code}` | {rule.meaning} |" not in section
    ] == []
    assert [field for field in vendor.options.model_fields if f"| `{field}` |" not in section] == []
    assert [field for field in vendor.settings.model_fields if f"| `{field}` |" not in printed] == []
