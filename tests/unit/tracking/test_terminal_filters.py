"""Which terminals of a message each filter holds, by state and receipts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.outcome import FAILED, ReceiptKind, State
from pushgate.ledger.slot_sets import TARGETED
from pushgate.tracking.terminal_filters import TerminalFilter

CLICKED, DELIVERED = ReceiptKind.CLICKED, ReceiptKind.DELIVERED
terminals = st.lists(
    st.tuples(st.sampled_from(State), st.frozensets(st.sampled_from(ReceiptKind))), max_size=9
)


@pytest.mark.parametrize(
    ("wanted", "state", "receipts", "held"),
    [
        (TerminalFilter.TARGETED, State.CANCELLED, (), True),
        *((TerminalFilter(state.value), state, (CLICKED,), True) for state in State),
        *((TerminalFilter.FAILED, state, (), state in FAILED) for state in State),
        *((TerminalFilter(kind.value), State.ACCEPTED, (kind,), True) for kind in ReceiptKind),
        *((TerminalFilter(kind.value), State.ACCEPTED, (), False) for kind in ReceiptKind),
        (TerminalFilter.NOT_CLICKED, State.ACCEPTED, (), True),
        (TerminalFilter.NOT_CLICKED, State.ACCEPTED, (DELIVERED,), True),
        (TerminalFilter.NOT_CLICKED, State.ACCEPTED, (DELIVERED, CLICKED), False),
        (TerminalFilter.NOT_CLICKED, State.EXPIRED, (DELIVERED,), True),
        (TerminalFilter.NOT_CLICKED, State.EXPIRED, (), False),
        (TerminalFilter.NOT_DELIVERED, State.ACCEPTED, (), True),
        (TerminalFilter.NOT_DELIVERED, State.ACCEPTED, (CLICKED,), False),
        (TerminalFilter.NOT_DELIVERED, State.ACCEPTED, (DELIVERED,), False),
        (TerminalFilter.NOT_DELIVERED, State.REJECTED, (), False),
    ],
)
def test_a_filter_holds_a_terminal(
    wanted: TerminalFilter, state: State, receipts: tuple[ReceiptKind, ...], held: bool
) -> None:
    assert wanted.holds(state, frozenset(receipts)) is held


@given(st.sampled_from(TerminalFilter), terminals)
def test_bits_and_single_terminals_are_selected_alike(
    wanted: TerminalFilter, listed: list[tuple[State, frozenset[ReceiptKind]]]
) -> None:
    sets: dict[str, int] = {}
    for slot, (state, receipts) in enumerate(listed):
        for name in (TARGETED, state, *receipts):
            sets[name] = sets.get(name, 0) | 1 << slot
    selected = wanted.select([sets.get(name, 0) for name in wanted.sets])
    held = [wanted.holds(state, receipts) for state, receipts in listed]
    assert [bool(selected >> slot & 1) for slot in range(len(listed))] == held
