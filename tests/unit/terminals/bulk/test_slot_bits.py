"""Commands for fresh slots set their bits, and touch no byte that others may write."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.terminals.bulk.commands import Commands
from pushgate.terminals.bulk.slot_bits import Cell, SlotRun, bits_of, set_bits


def parse(packed: bytes) -> list[list[bytes]]:
    """The commands, word by word. No word of these tests has a line end."""
    found: list[list[bytes]] = []
    lines = packed.split(b"\r\n")
    at = 0
    while lines[at]:
        words = int(lines[at][1:])
        found.append(lines[at + 2 : at + 2 + 2 * words : 2])
        at += 1 + 2 * words
    return found


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    first = 65_536 * draw(st.integers(0, 2)) + draw(st.integers(0, 40))
    run = SlotRun(first, first + draw(st.integers(1, 60)))
    wanted = st.sets(st.integers(run.first, run.end - 1), min_size=1)
    every = st.just(set(range(run.first, run.end)))
    return Cell(run, sorted(draw(wanted | every)))


def without_line_ends(cell: Cell) -> bool:
    return b"\n" not in bits_of(cell.slots, cell.slots[0] // 8 * 8) and b"\r" not in bits_of(
        cell.slots, cell.slots[0] // 8 * 8
    )


@given(cells().filter(without_line_ends))
def test_the_bits_of_a_cell_are_set_in_its_range_alone(cell: Cell) -> None:
    commands = Commands()
    set_bits(commands, b"key", cell)
    bits: set[int] = set()
    for name, key, at, value in parse(commands.packed()):
        assert key == b"key"
        if name == b"SETBIT":
            bits.add(int(at) ^ 7)
            continue
        assert name == b"SETRANGE"
        touched = range(8 * int(at), 8 * (int(at) + len(value)))
        offset = cell.run.first // 65_536 * 65_536
        assert cell.run.first <= touched.start + offset
        assert touched.stop + offset <= cell.run.end
        bits |= {8 * int(at) + i for i in range(8 * len(value)) if value[i >> 3] >> (i & 7) & 1}
    assert bits == {slot % 65_536 for slot in cell.slots}


def test_commands_are_counted_and_packed_as_the_protocol_has_them() -> None:
    commands = Commands()
    commands.add(b"SADD", b"k", b"", "名".encode())
    commands.set_field(b"k", b"f", b"v")
    commands.set_new_field(b"k", b"f", b"v")
    commands.get_field(b"k", b"f")
    assert commands.count == 4
    assert commands.packed() == (
        b"*4\r\n$4\r\nSADD\r\n$1\r\nk\r\n$0\r\n\r\n$3\r\n\xe5\x90\x8d\r\n"
        b"*4\r\n$4\r\nHSET\r\n$1\r\nk\r\n$1\r\nf\r\n$1\r\nv\r\n"
        b"*4\r\n$6\r\nHSETNX\r\n$1\r\nk\r\n$1\r\nf\r\n$1\r\nv\r\n"
        b"*3\r\n$4\r\nHGET\r\n$1\r\nk\r\n$1\r\nf\r\n"
    )
