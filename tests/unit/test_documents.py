"""Documents name what the code has."""

from pathlib import Path

from pushgate.fleet.problem_codes import SystemProblemCode

MONITORING = (Path(__file__).parents[2] / "docs" / "how-to" / "monitor.md").read_text("utf-8")


def test_every_problem_is_in_the_table() -> None:
    assert [code for code in SystemProblemCode if f"`{code.value}`" not in MONITORING] == []
