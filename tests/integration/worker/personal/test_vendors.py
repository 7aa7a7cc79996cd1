"""What each vendor receives of a personal message: as if each terminal's text had been pushed."""

import pytest
from tests.support.adapters.sending import VENDORS, addressed, token
from tests.support.adapters.sending_each import requests_by_token
from tests.support.personal import NAMES, dispatch_personal, in_address, shown
from tests.support.pipeline import APP, Pipeline
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter, Push
from pushgate.adapters.preparation import prepare
from pushgate.domain.message import Content, Message, Personal
from pushgate.domain.terminal import Terminal
from pushgate.receipts.callback_token import CallbackTokens

CONTENT = Content(
    "Hi {{ name }}",
    '{{ city | default: "town" }}, {{name}}: {{ count | number }}',
    "https://shop.example/a.png",
    {"name": "<{{ name }}>", "plain": '100 % "sure"'},
    "https://shop.example/{{ city }}?who={{ name }}",
)
"""Placeholders in each field, some of them twice."""


def filled(name: str) -> Content:
    """What a terminal with this name gets."""
    return Content(
        f"Hi {shown(name)}",
        f"Z\u00fcrich, {shown(name)}: 1,234",
        CONTENT.image,
        {"name": f"<{shown(name)}>", "plain": '100 % "sure"'},
        f"https://shop.example/Z%C3%BCrich?who={in_address(name)}",
    )


def push_of(message: Message, content: Content) -> Push:
    return Push(
        message_id=message.id,
        content=content,
        options=message.options,
        expires_at=message.expires_at,
        callback=CallbackTokens(b"k").sign("shop", message.id),
    )


async def register(pipeline: Pipeline, vendor: str, tokens: list[str], names: tuple[str, ...]) -> None:
    await pipeline.stores.registry.register(
        APP,
        [
            Terminal(
                f"{vendor}-{n}",
                vendor,
                text,
                "en",
                attributes={"name": name, "city": "Z\u00fcrich", "count": 1234},
            )
            for n, (text, name) in enumerate(zip(tokens, names, strict=True))
        ],
    )


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_vendor_receives_what_whole_pushes_would_send(
    vendor: str, pipeline: Pipeline, sandbox: Sandbox, adapters: dict[str, Adapter]
) -> None:
    tokens = addressed(sandbox, vendor, [token(n) for n in range(len(NAMES))])
    await register(pipeline, vendor, tokens, NAMES)
    message = await dispatch_personal(pipeline, Personal(), {"en": CONTENT})
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": len(NAMES)}
    personal = requests_by_token(sandbox, vendor)
    sandbox.reset()
    for text, name in zip(tokens, NAMES, strict=True):
        whole = prepare(adapters[vendor], push_of(message, filled(name)), pipeline.clock.now())
        async for _ in whole.rendering_for(text.encode()).send_each(
            [(whole.rendering_for(text.encode()), text.encode())], lambda: True
        ):
            pass
    assert personal == requests_by_token(sandbox, vendor)
