"""What histories note of a round: the slot of each terminal, with the position of its message."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from tests.support.bundles import small

from pushgate.bundles.bodies import Bodies, decode, encode
from pushgate.bundles.bundle_values import PlannedSend
from pushgate.bundles.history_notes import history_notes
from pushgate.bundles.layout import pack_position, unpack_position
from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.values import INLINE, MAX_PAGE, MAX_SEGMENT, Home, Send
from pushgate.domain.app import App
from pushgate.domain.message_id import MAX_SHARDS, Position, small_id
from pushgate.domain.terminal import Group

NOW = datetime(2027, 1, 1, tzinfo=UTC)
HOME = Home(App("shop", 4), 3)
GROUP = Group("fcm", "en")
BODIES = decode(encode([small(push_at=NOW), small(push_at=NOW)], 1, 1))


def send(segment: int, index: int, shard: int, slot: int) -> PlannedSend:
    return PlannedSend(Send(segment, index, shard, slot), GROUP, NOW)


def claim(page: int, number: int, bodies: Bodies, waiting: Sequence[int]) -> WaitingSegment:
    return WaitingSegment(page=page, number=number, created_ms=1, bodies=bodies, waiting=waiting)


@given(
    st.builds(
        Position,
        st.integers(0, MAX_SHARDS - 1),
        st.integers(0, 2**32 - 1),
        st.integers(0, MAX_PAGE - 1),
        st.integers(0, MAX_SEGMENT - 1),
    )
)
def test_every_position_fits_into_8_bytes(position: Position) -> None:
    packed = pack_position(position)
    assert len(packed) == 8
    assert unpack_position(packed) == position


def test_each_terminal_is_noted_in_its_own_shard() -> None:
    claimed = [claim(7, 5, BODIES, (0, 1)), claim(9, 0, BODIES, (0,))]
    sends = [[send(0, 1, 2, 70_000), send(1, 0, 0, 5)], [send(0, 1, 0, 6)]]
    one, other = pack_position(Position(3, 7, 5, 1)), pack_position(Position(3, 9, 0, 0))
    assert history_notes(HOME, claimed, sends) == {
        2: [(70_000).to_bytes(4, "little") + one],
        0: [(5).to_bytes(4, "little") + other, (6).to_bytes(4, "little") + one],
    }


def test_push_tokens_that_a_message_brought_are_not_noted() -> None:
    assert history_notes(HOME, [claim(7, 5, BODIES, (0,))], [[send(0, 0, INLINE, 0)]]) == {}


def test_a_changed_message_is_noted_by_its_id() -> None:
    first = Position(3, 2, 1, 4)
    changed = decode(encode([small(push_at=NOW)], 1, 1, replaced_id=small_id(1, first)))
    claimed = [claim(7, 0, changed, (0,))]
    (note,) = history_notes(HOME, claimed, [[send(0, 0, 1, 9)]])[1]
    assert note[4:] == pack_position(first)
