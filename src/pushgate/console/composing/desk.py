"""What a page of Compose carries beside the message: its draft, its key, what was tried on phones.

All of it is in hidden fields, so that a page can be loaded, left and sent again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pushgate.console.composing.documents import Document
from pushgate.console.forms import new_once, read_once

_TESTED = (
    "content", "template", "variants", "default_language", "options",
    "personal", "on_missing", "fallback", "fallback_template", "values", "user_values",
)  # fmt: skip
"""What a phone for tests shows of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The hidden fields of a page.

    `key` makes one message of a page that is sent twice. `tab` is the language that is shown.
    `tested` is the digest of the content that was sent to the phones `tested_on`, `tried` how often
    something was. `focus` is the line of the audience that was just added, `new_option` the option
    of a vendor.
    """

    key: str
    tab: int = 0
    draft_id: str = ""
    revision: str = ""
    tested: str = ""
    tested_on: str = ""
    tried: int = 0
    focus: int | None = None
    new_option: str = ""

    @classmethod
    def new(cls) -> "Desk":
        """Return the desk of a new page."""
        return cls(key=new_once())

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "Desk":
        """Return the desk that these fields are."""
        return cls(
            key=read_once(fields, "key"),
            tab=_number(fields.get("tab", "")),
            draft_id=fields.get("draft", ""),
            revision=fields.get("revision", ""),
            tested=fields.get("tested", ""),
            tested_on=fields.get("tested_on", ""),
            tried=_number(fields.get("tried", "")),
        )

    def saved_as(self, draft_id: str, revision: int) -> "Desk":
        """Return the desk with the draft as it is stored now."""
        return replace(self, draft_id=draft_id, revision=str(revision))

    def tested_with(self, document: Document, phones: Sequence[str]) -> "Desk":
        """Return the desk after the content was sent to these phones."""
        digest = digest_of_content(document)
        return replace(self, tested=digest, tested_on=", ".join(phones), tried=self.tried + 1)

    def was_tested(self, document: Document) -> bool:
        """Return whether exactly this content was sent to phones."""
        return self.tested == digest_of_content(document)

    def idempotency_key(self, document: Document) -> str:
        """Return the key under which this document is sent: a page that is sent twice sends once,
        and one that was changed since sends anew.
        """
        return f"console-{self.key}-{_digest(document)}"


def digest_of_content(document: Document) -> str:
    """Return what tells the content and options of a message from others."""
    return _digest({name: document.get(name) for name in _TESTED})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
