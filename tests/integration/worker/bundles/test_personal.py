"""Personal small messages: each push of a bundle has its terminal's values."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from msgspec import structs
from tests.support.adapters.sending import VENDORS, addressed
from tests.support.adapters.sending_each import requests_by_token
from tests.support.bundle_jobs import BundleWorld
from tests.support.personal import NAMES, shown, texts_in, titles
from tests.support.pipeline import APP, Pipeline, token
from tests.support.sandbox import Sandbox

from pushgate.bundles.bodies import SmallMessage
from pushgate.domain.audience import Audience, ByTerminal, ByToken
from pushgate.domain.message import Content, OnMissing, Personal
from pushgate.domain.terminal import AttributeValue, InlineToken, Terminal

HELLO = Content("Hi {{ name }}", "Today only")


def personal(
    world: BundleWorld, audience: Audience, content: Content = HELLO, own: Personal | None = None
) -> SmallMessage:
    """A personal message that is due now."""
    plain = world.message(audience, en=content)
    return SmallMessage(structs.replace(plain.message, personal=own or Personal()), audience)


async def register(
    pipeline: Pipeline, attributes: Mapping[str, Mapping[str, AttributeValue]], user: str | None = None
) -> None:
    """FCM terminals with these attributes, by id."""
    await pipeline.stores.registry.register(
        APP,
        [
            Terminal(name, "fcm", token(name), "en", user=user, attributes=own)
            for name, own in attributes.items()
        ],
    )


async def test_each_terminal_gets_its_own_values(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await register(pipeline, {"a": {"name": "Ann"}, "b": {"name": "Bob"}, "c": {"name": "Ann"}})
    to_all = personal(world, ByTerminal(("a", "b", "c")))
    await world.send([to_all])
    assert await world.states() == {"accepted": 3}
    assert titles(sandbox) == {token("a"): "Hi Ann", token("b"): "Hi Bob", token("c"): "Hi Ann"}


async def test_plain_and_personal_messages_share_a_bundle(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await register(pipeline, {"a": {"name": "Ann"}, "b": {"name": "Bob"}})
    plain = world.message(ByTerminal(("b",)), en=Content("Hi {{ name }}", "As it stands"))
    await world.send([personal(world, ByTerminal(("a",))), plain])
    assert await world.states() == {"accepted": 2}
    assert titles(sandbox) == {token("a"): "Hi Ann", token("b"): "Hi {{ name }}"}


@pytest.mark.parametrize("vendor", VENDORS)
async def test_every_vendor_shows_hostile_names_as_they_are(
    vendor: str, world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    tokens = addressed(sandbox, vendor, [token(n) for n in range(len(NAMES))])
    ids = [f"t{n}" for n in range(len(NAMES))]
    await pipeline.stores.registry.register(
        APP,
        [
            Terminal(one, vendor, text, "en", attributes={"name": name})
            for one, text, name in zip(ids, tokens, NAMES, strict=True)
        ],
    )
    await world.send([personal(world, ByTerminal(tuple(ids)))])
    assert await world.states() == {"accepted": len(NAMES)}
    received = requests_by_token(sandbox, vendor)
    for text, name in zip(tokens, NAMES, strict=True):
        found = texts_in(received[text][2])  # type: ignore[index]
        assert f"Hi {shown(name)}" in found


async def test_missing_values(world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox) -> None:
    await register(pipeline, {"a": {"name": "Ann"}, "b": {}})
    falls_back = Personal(on_missing=OnMissing.FALLBACK, fallback={"en": Content("Hello all", "Today only")})
    await world.send([personal(world, ByTerminal(("a", "b")))])
    assert await world.states() == {"accepted": 1, "rejected": 1}
    assert ["missing_value" in code for code in await world.codes()] == [True]
    sandbox.reset()
    await world.send([personal(world, ByTerminal(("a", "b")), own=falls_back)])
    assert titles(sandbox) == {token("a"): "Hi Ann", token("b"): "Hello all"}


async def test_values_of_users_and_of_the_message(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.stores.people.change(APP, "ann", {"name": "Ann"})
    await register(pipeline, {"a": {}}, user="ann")
    own = Personal(values={"order": 17}, user_values={"ann": {"order": "A 1"}})
    content = Content("{{ name }} {{ user.name }} {{ values.order }}", "Today only")
    await world.send([personal(world, ByTerminal(("a",)), content, own)])
    assert titles(sandbox) == {token("a"): "Ann Ann A 1"}


async def test_tokens_that_a_message_brings_have_no_values(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await register(pipeline, {"a": {"name": "Ann"}})
    content = Content('Hi {{ name | default: "friend" }}', "Today only")
    await world.send([personal(world, ByToken((InlineToken("fcm", token("a"), "en"),)), content)])
    assert titles(sandbox) == {token("a"): "Hi friend"}


async def test_a_content_of_a_later_version_waits(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await register(pipeline, {"a": {"name": "Ann"}})
    unknown = Content("Hi {{ name | shout }}", "Today only")
    await world.send([personal(world, ByTerminal(("a",)), unknown)])
    assert await world.states() == {"pending": 1}
    assert sandbox.received(vendor="fcm") == []


async def test_a_message_without_content_stops_no_other(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    """A process of a version before personal messages wrote it back when it was changed."""
    await register(pipeline, {"a": {"name": "Ann"}, "b": {"name": "Bob"}})
    emptied = personal(world, ByTerminal(("b",)))
    emptied = replace(emptied, message=structs.replace(emptied.message, content={}, personal=None))
    await world.send([personal(world, ByTerminal(("a",))), emptied])
    assert await world.states() == {"accepted": 1, "rejected": 1}
    assert ["content_dropped" in code for code in await world.codes()] == [True]
    assert titles(sandbox) == {token("a"): "Hi Ann"}
