"""Diagnoses of terminals, domain -> JSON. Unknown facts are left out. Pure."""

from collections.abc import Sequence

from pushgate.api.mapping.explanation import known
from pushgate.api.mapping.history import from_entry
from pushgate.api.times import format_known
from pushgate.diagnosis.facts import TerminalFacts
from pushgate.diagnosis.findings import Finding


def from_diagnosis(facts: TerminalFacts, findings: Sequence[Finding]) -> dict[str, object]:
    """Return what is known of a terminal, and what was found, as JSON."""
    asked = facts.answer.message_id if facts.answer else None
    return known(
        terminal=_from_terminal(facts),
        findings=[
            {"code": found.code, "message": found.message, "remedy": found.remedy} for found in findings
        ],
        messages=[from_entry(entry) for entry in facts.history],
        vendor_check={"message": asked} if asked else None,
    )


def _from_terminal(facts: TerminalFacts) -> dict[str, object]:
    terminal = facts.registered.terminal if facts.registered else None
    group = facts.former.slots[0].group if facts.former else None
    return known(
        id=facts.terminal_id,
        registered=terminal is not None,
        vendor=facts.vendor,
        language=terminal.language if terminal else group.language if group else None,
        user=terminal.user if terminal else None,
        registered_at=format_known(terminal.registered_at if terminal else None),
        changed_at=format_known(facts.registered.changed_at if facts.registered else None),
        last_seen=format_known(terminal.last_seen if terminal else None),
        last_heard_at=format_known(facts.last_heard_at),
        left_at=format_known(facts.former.left_at if facts.former else None),
        taken_over_by=facts.owner,
        other_terminals=facts.siblings if terminal and terminal.user else None,
    )
