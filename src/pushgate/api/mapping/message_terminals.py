"""Terminals of a message, domain -> JSON and CSV. Pure."""

import csv
import io
from collections.abc import Sequence

import orjson

from pushgate.api.schemas.message_terminals import MessageTerminal
from pushgate.api.times import format_known
from pushgate.domain.outcome import ReceiptKind
from pushgate.tracking.listed_terminals import ListedTerminal

COLUMNS = tuple(MessageTerminal.model_fields)


def from_listed(listed: ListedTerminal) -> dict[str, object]:
    """Return a terminal as JSON, with all `COLUMNS`. A value is null where it is not known."""
    failure, times, receipts = listed.failure, listed.receipt_times, listed.receipts
    return {
        "terminal": listed.name.terminal,
        "token": listed.name.token,
        "user": listed.name.user,
        "vendor": listed.group.vendor,
        "language": listed.group.language,
        "state": listed.state.value,
        "code": failure.code if failure else None,
        "reason": failure.reason if failure else None,
        "time": format_known(listed.at),
        "delivered": ReceiptKind.DELIVERED in receipts,
        "delivered_at": format_known(times.get(ReceiptKind.DELIVERED)),
        "clicked": ReceiptKind.CLICKED in receipts,
        "clicked_at": format_known(times.get(ReceiptKind.CLICKED)),
        "muted": ReceiptKind.MUTED in receipts,
        "gone": ReceiptKind.GONE in receipts,
        "recalled": ReceiptKind.RECALLED in receipts,
        "unproven": ReceiptKind.UNPROVEN in receipts,
    }


def to_ndjson(terminals: Sequence[ListedTerminal]) -> bytes:
    """Return terminals as lines of JSON."""
    return b"".join(
        orjson.dumps(from_listed(listed), option=orjson.OPT_APPEND_NEWLINE) for listed in terminals
    )


def csv_head() -> bytes:
    """Return the first line of CSV: the names of the columns."""
    return _csv([COLUMNS])


def to_csv(terminals: Sequence[ListedTerminal]) -> bytes:
    """Return terminals as lines of CSV (RFC 4180). A cell is empty where the value is not known."""
    return _csv([[_text(value) for value in from_listed(listed).values()] for listed in terminals])


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
    return str(value)
