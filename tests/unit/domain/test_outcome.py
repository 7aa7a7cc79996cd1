"""Failure codes are texts with a meaning."""

import pytest

from pushgate.domain.outcome import FailureCode


@pytest.mark.parametrize("code", FailureCode)
def test_a_failure_code_is_its_text_and_has_a_meaning(code: FailureCode) -> None:
    assert f"{code}" == code.value == code
    assert FailureCode(code.value) is code
    assert code.meaning.endswith(".")
