"""Which blocks of a group are worth emptying."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.hygiene.block_choice import MAX_LIVING, choose_blocks


@pytest.mark.parametrize(
    ("living", "room", "chosen"),
    [
        ({}, {}, []),
        ({0: 10}, {0: 1000}, []),
        ({0: 10, 1: 900}, {0: 1014, 1: 124}, [0]),
        ({0: 10, 1: 900}, {0: 1014, 1: 9}, []),
        ({0: 10, 1: 900}, {0: 0, 1: 10}, [0]),
        ({0: 0, 1: 900}, {1: 124}, []),
        ({0: 600, 1: 600}, {0: 424, 1: 424}, []),
        ({0: 300, 1: 200, 2: 100}, {0: 700, 1: 800, 2: 900}, [2, 1]),
        ({0: 300, 1: 200}, {0: 700, 1: 800, 7: 500}, [1, 0]),
    ],
)
def test_the_emptiest_blocks_are_chosen_whose_terminals_have_room(
    living: dict[int, int], room: dict[int, int], chosen: list[int]
) -> None:
    assert choose_blocks(living, room) == chosen


@given(st.lists(st.tuples(st.integers(0, 1024), st.integers(0, 1024)), max_size=12))
def test_chosen_blocks_fit_into_the_others_and_no_further_block_does(blocks: list[tuple[int, int]]) -> None:
    living = {number: terminals for number, (terminals, _) in enumerate(blocks)}
    room = {number: min(free, 1024 - terminals) for number, (terminals, free) in enumerate(blocks)}
    chosen = choose_blocks(living, room)
    left = sum(free for number, free in room.items() if number not in chosen)
    assert all(0 < living[number] <= MAX_LIVING for number in chosen)
    assert sum(living[number] for number in chosen) <= left
    others = [n for n, terminals in living.items() if 0 < terminals <= MAX_LIVING and n not in chosen]
    if others:
        following = min(others, key=lambda n: (living[n], n))
        assert sum(living[n] for n in [*chosen, following]) > left - room[following]
