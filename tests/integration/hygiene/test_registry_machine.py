"""Any sequence of changes, with hygiene between them, leaves what a plain model keeps."""

import itertools
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.block_laws import check_blocks
from tests.support.clock import SetClock
from tests.support.registry_laws import read_shard
from tests.support.registry_model import RegistryModel

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal

_apps = itertools.count()
_NAMES = [f"t{number}" for number in range(7)]
names = st.lists(st.sampled_from(_NAMES), min_size=1, max_size=4, unique=True)


def _terminal(
    name: str, place: tuple[str, str], tags: frozenset[str], user: str | None, plan: str
) -> Terminal:
    vendor, language = place
    attributes = {"plan": plan} if plan else {}
    return Terminal(name, vendor, f"token-{name}", language, user, tuple(sorted(tags)), attributes=attributes)


terminals = st.builds(
    _terminal,
    st.sampled_from(_NAMES),
    st.sampled_from([("apns", "en"), ("apns", "ja"), ("fcm", "en")]),
    st.frozensets(st.sampled_from(["vip", "new", "old"]), max_size=2),
    st.sampled_from([None, "ann", "bob"]),
    st.sampled_from(["", "gold", "x" * 100]),
)
many = st.lists(terminals, min_size=1, max_size=6, unique_by=lambda terminal: terminal.id)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("register"), many),
        st.tuples(st.just("import"), many),
        st.tuples(st.just("replace"), terminals),
        st.tuples(st.just("replace stale"), terminals),
        st.tuples(st.just("forget"), names),
        st.tuples(st.just("touch"), names),
        st.tuples(st.just("move"), names),
        st.tuples(st.just("look after"), st.none()),
        st.tuples(st.just("forget silent"), st.sampled_from([0, 1, 40])),
        st.tuples(st.just("pass"), st.sampled_from([1, 86_400, 40 * 86_400, 59 * 86_400])),
    ),
    min_size=4,
    max_size=20,
)


async def play(model: RegistryModel, clock: SetClock, kind: str, argument: object) -> None:
    """Play one step."""
    match kind, argument:
        case "register" | "import", list(found):
            await model.register(found, bulk=kind == "import")
        case "replace" | "replace stale", Terminal() as terminal:
            await model.replace(terminal, stale=kind == "replace stale")
        case "forget", list(found):
            await model.forget(found)
        case "touch", list(found):
            await model.touch(found)
        case "move", list(found):
            await model.move(found)
        case "look after", None:
            await model.look_after()
        case "forget silent", int(days):
            await model.forget_silent((clock.now() - timedelta(days=days)).date())
        case "pass", int(seconds):
            clock.advance(seconds)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_the_registry_is_what_a_plain_model_keeps(
    redis: Redis, clock: SetClock, steps: list[tuple[str, object]]
) -> None:
    app = App(f"machine{next(_apps)}")
    model = RegistryModel(redis, clock, app)
    for kind, argument in steps:
        await play(model, clock, kind, argument)
    await check_blocks(redis, app)
    await model.check(await read_shard(redis, app, 0))


async def test_a_former_slot_leads_nowhere_once_its_block_went_back(redis: Redis, clock: SetClock) -> None:
    app, day = App("returned"), 86_400
    model = RegistryModel(redis, clock, app)
    for place in (("apns", "en"), ("fcm", "en")):
        await model.register([_terminal("t0", place, frozenset(), None, "")])
    (former, _) = model.kept["t0"].slots
    blocks = f"{{{app.name}:0}}:spare"
    for days, returned in ((57, []), (2, [b"0"])):
        clock.advance(days * day)
        await model.look_after()
        assert await redis.lrange(blocks, 0, -1) == returned
        await model.check(await read_shard(redis, app, 0))
    assert former == 0
