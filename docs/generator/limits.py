"""The reference of fixed limits, from the constants that enforce them.

Limits that are settings are in the reference of settings.
"""

from datetime import timedelta
from typing import Final

from pushgate.api import field_errors, idempotency, line_streams, protocol
from pushgate.api.imports import lines
from pushgate.api.mapping import local_times
from pushgate.api.mapping import messages as message_times
from pushgate.api.mapping import terminals as terminal_times
from pushgate.api.resources import client_reports, events, vendor_receipts
from pushgate.api.resources import templates as template_calls
from pushgate.api.schemas import audience, audience_count, fields, keys, messages, terminals
from pushgate.apps import api_key, api_keys, key_networks
from pushgate.audiences import limits as audiences
from pushgate.bundles import bodies, values
from pushgate.console import forms, live, one_time_links, signing_in
from pushgate.domain import attributes, bitmaps, message
from pushgate.messages import drafts, templates
from pushgate.sealing import master_keys
from pushgate.series import store
from pushgate.terminals import held_removals, marked_terminals
from pushgate.webhooks import deliveries, delivery, destination, retry, webhook

HEAD: Final = """# Limits

Generated from the code by `make docs`. These limits are fixed. [Settings](settings.md) lists the limits that
you can set, such as `api.max_body`, `api.max_audience` and `api.max_waiting`. [Settings, options and
codes](vendor-codes.md) lists the vendors' limits.
"""
Limit = int | timedelta
LIMITS: Final[dict[str, dict[str, Limit]]] = {
    "Requests": {
        "bytes of headers": protocol.MAX_HEADERS,
        "faulty fields that an error names": field_errors.MAX_FIELD_ERRORS,
        "characters of an `Idempotency-Key`": idempotency.MAX_KEY,
        "messages in one `POST /v1/messages:batch`": messages.MAX_BATCH,
        "terminals in one `POST /v1/terminals:batch`": terminals.MAX_BATCH,
        "rows of a page": line_streams.MAX_LIMIT,
        "bytes of one line of an import": lines.MAX_LINE,
        "reports in one request of a client app": client_reports.MAX_REPORTS,
        "bytes of a client app's reports": client_reports.MAX_BODY,
        "bytes of a vendor's receipts": vendor_receipts.MAX_BODY,
        "seconds that `GET /v1/events` waits": events.MAX_WAIT,
    },
    "Messages": {
        "how far ahead a push time may be": message.MAX_AHEAD,
        "how late a push time may be and still mean now": message_times.MAX_PAST,
        "time to live": message.MAX_TTL,
        "time to live of a message in parts": local_times.MAX_TTL,
        "terminals, users or tokens that a small message lists": bodies.MAX_SMALL_AUDIENCE,
        "pushes in one bundle of small messages": values.MAX_BUNDLE,
        "drafts of an app": drafts.MAX_DRAFTS,
        "templates of an app": templates.MAX_TEMPLATES,
        "versions of a template that are kept": templates.MAX_VERSIONS,
        "bytes of all templates of an app": templates.MAX_BYTES,
        "bytes of a request with a template's content": template_calls.MAX_BODY,
        "schedules of an app": store.MAX_LISTED,
        "newest runs of a schedule that are kept": store.KEPT_PARTS,
    },
    "Terminals": {
        "characters of a push token": fields.MAX_TOKEN_LENGTH,
        "characters of a user": fields.MAX_USER_LENGTH,
        "tags of a terminal": terminals.MAX_TAGS,
        "characters of a tag, and of an attribute's name": fields.MAX_NAME_LENGTH,
        "attributes of a terminal, and of a user": attributes.MAX_ATTRIBUTES,
        "characters of an attribute's text": attributes.MAX_VALUE_LENGTH,
        "how far ahead `last_seen` may be": terminal_times.MAX_SKEW,
        "terminals in one block of the registry": bitmaps.SLOTS_PER_BLOCK,
        "terminals marked for tests, of an app": marked_terminals.MAX_MARKED,
        "held removals that are listed, of an app and vendor": held_removals.MAX_HELD,
    },
    "Audiences": {
        "nodes within each other": audiences.MAX_DEPTH,
        "nodes of an expression": audiences.MAX_NODES,
        "ids in all lists of an expression": audiences.MAX_IDS,
        "bytes of an expression without its ids": audiences.MAX_TEXT,
        "values of one node": audience.MAX_VALUES,
        "saved audiences that an expression names": audiences.MAX_SAVED_NAMES,
        "saved audiences of an app": audiences.MAX_SAVED,
        "ids in all saved audiences of an app": audiences.MAX_SAVED_IDS,
        "lines that are counted one by one": audience_count.MAX_LINES,
    },
    "Keys and secrets": {
        "API keys of an app": api_keys.MAX_KEYS,
        "networks of an API key": key_networks.MAX_NETWORKS,
        "requests a second of an API key": keys.MAX_RATE,
        "earlier secrets of an API key that hold at once": api_key.MAX_PREVIOUS,
        "overlap of a rotation": keys.MAX_OVERLAP,
        "master keys in one file": master_keys.MAX_KEYS,
    },
    "Webhooks": {
        "webhooks of an app": webhook.MAX_WEBHOOKS,
        "characters of an address": destination.MAX_URL,
        "terminals in one delivery": delivery.MAX_TERMINALS,
        "bytes of a delivery's events": delivery.MAX_BODY,
        "longest pause between two attempts": retry.MAX_DELAY,
        "attempts that are kept of a webhook": deliveries.MAX_ATTEMPTS_KEPT,
    },
    "Console": {
        "keys in one session": signing_in.MAX_KEYS,
        "how long a one-time link can be used": one_time_links.LIFETIME,
        "bytes of a form": forms.MAX_BYTES,
        "live parts of one session in a process": live.MAX_STREAMS,
        "live parts of all sessions in a process": live.MAX_ALL_STREAMS,
    },
}


def limits() -> str:
    """The whole document."""
    text = HEAD
    for subject, rows in LIMITS.items():
        text += f"\n## {subject}\n\n| Limit | At most |\n|---|---|\n"
        text += "".join(f"| {what} | {_written(most)} |\n" for what, most in rows.items())
    return text


def _written(most: Limit) -> str:
    if isinstance(most, int):
        return f"{most:,}"
    if most.days:
        return f"{most.days} days"
    minutes = most // timedelta(minutes=1)
    return f"{minutes} minutes" if minutes != 60 else "1 hour"
