"""Documents name what the code has."""

import re
from pathlib import Path

from pushgate.fleet.problem_codes import SystemProblemCode

ROOT = Path(__file__).parents[2]
MONITORING = (ROOT / "docs" / "how-to" / "monitor.md").read_text("utf-8")
AUDIT_LOG = (ROOT / "docs" / "reference" / "audit-log.md").read_text("utf-8")


def test_every_problem_is_in_the_table() -> None:
    assert [code for code in SystemProblemCode if f"`{code.value}`" not in MONITORING] == []


def test_every_action_of_the_audit_log_is_in_its_reference() -> None:
    call = re.compile(r'(?:note\(\s*request,|AuditEntry\()\s*"([a-z_]+\.[a-z_]+)"')
    actions = {
        action
        for file in (ROOT / "src" / "pushgate").rglob("*.py")
        for action in call.findall(file.read_text("utf-8"))
    }
    assert len(actions) > 20
    assert sorted(action for action in actions if f"`{action}`" not in AUDIT_LOG) == []
