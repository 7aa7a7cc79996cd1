"""The references that are made from the code say what the code says."""

import pytest
from docs.generator.references import REFERENCES, ROOT


@pytest.mark.parametrize("path", REFERENCES)
def test_a_reference_is_up_to_date(path: str) -> None:
    assert (ROOT / path).read_text("utf-8") == REFERENCES[path](), "run `make docs`"


def test_a_setting_has_its_variable_its_default_and_its_kind() -> None:
    reference = REFERENCES["docs/reference/settings.md"]()
    assert "`PUSHGATE_API__PORT`" in reference
    assert "`PUSHGATE_CONSOLE__SESSION_LIFETIME` | `PT12H` | duration |" in reference


def test_labels_that_a_module_names_once_are_in_the_reference_of_metrics() -> None:
    reference = REFERENCES["docs/reference/metrics.md"]()
    assert "| `pushgate_vendor_answers_total` | counter | `app`, `vendor`, `outcome`, `code` |" in reference


def test_each_log_action_has_a_name_and_a_text() -> None:
    reference = REFERENCES["docs/reference/log-actions.md"]()
    assert "| `family_failed` | error | look at a family failed | `scheduler` |" in reference
    assert "| `` |" not in reference
    assert "| None " not in reference
