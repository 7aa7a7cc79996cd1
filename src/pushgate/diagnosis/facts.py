"""The known facts about a terminal. Unknown facts are None. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pushgate.fleet.problem_codes import SystemProblem
from pushgate.terminals.former_terminals import FormerTerminal
from pushgate.terminals.registered_terminals import RegisteredTerminal
from pushgate.tracking.explained import ExplainedPush
from pushgate.tracking.histories import HistoryEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorAnswer:
    """The result of the vendor's own check of a push that it did not deliver.

    `message_id` is that of the push, None where the vendor has no such check. `push` is None while
    the message waits for its turn.
    """

    message_id: str | None
    push: ExplainedPush | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalFacts:
    """The known facts about one terminal, registered or not.

    `owner` is another terminal that has registered the same push token since. `siblings` are other
    terminals of its user, None where they are too many to be listed. `history` has its latest
    messages, the latest first, and `has_whole_history` says that there are no others. `problems`
    keep pushes of its vendor waiting.
    """

    terminal_id: str
    registered: RegisteredTerminal | None
    former: FormerTerminal | None
    owner: str | None
    siblings: Sequence[str] | None
    history: Sequence[HistoryEntry]
    has_whole_history: bool
    is_configured: bool
    problems: Sequence[SystemProblem]
    answer: VendorAnswer | None = None

    @property
    def vendor(self) -> str | None:
        """The terminal's vendor."""
        if self.registered:
            return self.registered.terminal.vendor
        return self.former.slots[0].group.vendor if self.former else None

    @property
    def last_heard_at(self) -> datetime | None:
        """When the terminal registered, was seen, or reported a receipt last. Receipts of messages
        to many terminals have no time.
        """
        heard = [at for entry in self.history for at in (entry.push.receipt_times or {}).values()]
        if self.registered:
            seen_at = self.registered.terminal.last_seen
            heard += [self.registered.changed_at, *([seen_at] if seen_at else [])]
        return max(heard, default=None)
