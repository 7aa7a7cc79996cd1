"""Warnings of input that is taken and has no effect, or reaches nobody. Each names the field."""

import re
from collections.abc import Iterator, Mapping

from pushgate.api.front import Front, Tenant
from pushgate.errors import Fault
from pushgate.model import Audience, ByTerminal, ByUser, Content, Terminal

LOOKED_UP = 1000
"""How many ids of an audience are looked up before a message is stored."""
_LOOKUPS = 10_000
"""The most lookups for users, each of whom is looked for in every shard."""
_PLACEHOLDER = re.compile(r"\{\{[^{}]{0,200}\}\}")
_UNUSED_BY_TERMINALS = {
    "tags": "are stored, and no audience can name a tag yet",
    "timezone": "is stored, and no push time follows it yet",
}


def of_terminal(terminal: Terminal) -> tuple[Fault, ...]:
    """Warn of what a registration holds and nothing uses."""
    return tuple(Fault(name, told) for name, told in _UNUSED_BY_TERMINALS.items() if getattr(terminal, name))


def of_content(content: Mapping[str, Content]) -> Iterator[Fault]:
    """Warn of placeholders, which are sent as they are."""
    for language, item in content.items():
        texts = {"title": item.title, "body": item.body, "image": item.image or "", "url": item.url or ""}
        texts |= {f"data.{name}": value for name, value in item.data.items()}
        for field, text in texts.items():
            if _PLACEHOLDER.search(text):
                told = "has a placeholder in {{ }}, which is sent as it is: placeholders are not filled in"
                yield Fault(f"content.{language}.{field}", told)


def of_options(written: Mapping[str, object], tenant: Tenant) -> Iterator[Fault]:
    """Warn of options of vendors that the app is not set up for."""
    for vendor in written:
        if vendor not in tenant.adapters:
            told = f"has no effect: the app is not set up for {vendor}"
            yield Fault(f"options.{vendor}", told)


async def of_audience(front: Front, tenant: Tenant, audience: Audience) -> list[Fault]:
    """Warn of listed terminals and users that are not registered; of a long list the first ones are looked up."""
    app = tenant.app
    match audience:
        case ByTerminal(terminals):
            field, listed = "terminals", list(dict.fromkeys(terminals))
            looked_up = listed[:LOOKED_UP]
            unknown = await front.registry.unknown_terminals(app, looked_up)
        case ByUser(users):
            field, listed = "users", list(dict.fromkeys(users))
            looked_up = listed[: max(1, min(LOOKED_UP, _LOOKUPS // app.shards))]
            unknown = await front.registry.unknown_users(app, looked_up)
        case _:
            return []
    if not unknown:
        return []
    first = "the first " if len(looked_up) < len(listed) else ""
    told = f"{unknown} of {first}{len(looked_up)} {field} are not registered"
    nobody = "; the message reaches nobody" if unknown == len(listed) else ""
    return [Fault(f"audience.{field}", told + nobody)]
