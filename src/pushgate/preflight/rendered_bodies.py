"""What each vendor of an app would receive of a message, language by language. Nothing is sent.

Secrets that a body carries (the callback token, the receipt URL) are hidden.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pushgate.adapters.contract import Push, SupportsBody
from pushgate.adapters.preparation import prepare, warnings
from pushgate.apps.catalog import ConfiguredApp, ConfiguredVendor
from pushgate.apps.vendor_check import Sign, in_language
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Message

_TOKEN = b"TOKEN"
"""Stands for a push token. Each vendor's format takes it without escaping."""
_HIDDEN = b"***"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedBody:
    """What a vendor receives with the content of one language. The body is None where the vendor
    cannot carry the content: then `problems` say why.
    """

    vendor: str
    language: str
    body: str | None
    problems: Sequence[FieldError]
    warnings: Sequence[FieldError]


def render_bodies(
    configured: ConfiguredApp, message: Message, sign: Sign, address: Callable[[str, str], str]
) -> Iterator[RenderedBody]:
    """Return what the app's vendors receive, by language and vendor. `address` gives the secret of
    the URL at which a vendor reports to an app.
    """
    app = configured.app.name
    callback = sign(app, message.id)
    for language, content in message.content.items():
        push = Push(
            message_id=message.id,
            content=content,
            options=replace(message.options, dry_run=False),
            expires_at=message.expires_at,
            callback=callback,
        )
        for name, vendor in sorted(configured.vendors.items()):
            hidden = callback, address(name, app)
            yield _render(vendor, push, language, message.push_at, hidden)


def _render(
    vendor: ConfiguredVendor, push: Push, language: str, now: datetime, hidden: Sequence[str]
) -> RenderedBody:
    name, body = vendor.vendor.name, None
    problems, found = list[FieldError](), list[FieldError]()
    try:
        rendering = prepare(vendor.adapter, push, now).rendering_for(_TOKEN)
        if isinstance(rendering, SupportsBody):
            body = rendering.body_for(_TOKEN)
        found += warnings(name, vendor.adapter, push)
    except PayloadRejected as refusal:
        problems.append(FieldError(refusal.field, refusal.reason))
    for secret in hidden:
        body = body and body.replace(secret.encode(), _HIDDEN)
    return RenderedBody(
        vendor=name,
        language=language,
        body=body.decode() if body else None,
        problems=[in_language(one, language) for one in problems],
        warnings=[in_language(one, language) for one in found],
    )
