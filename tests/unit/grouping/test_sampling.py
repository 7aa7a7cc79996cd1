"""Samples are stable shares, independent under different seeds."""

import hashlib

import pytest

from pushgate.grouping.sampling import Share

IDS = [f"terminal-{number}" for number in range(20_000)]


def held(share: float, seed: str) -> set[str]:
    chosen = Share(share, seed)
    return {terminal_id for terminal_id in IDS if chosen.holds(terminal_id)}


def test_a_share_is_decided_by_seed_and_id_alone() -> None:
    assert held(0.3, "spring") == held(0.3, "spring")
    assert [Share(0.5, "spring").holds(name) for name in ("a", "b", "c", "d", "e", "f")] == [
        by_definition("spring", name) < 32_768 for name in ("a", "b", "c", "d", "e", "f")
    ]


def by_definition(seed: str, terminal_id: str) -> int:
    """The bucket of an id: tables of 256 numbers of 16 bits from SHAKE-256 of the seed, one for
    each byte of the id's BLAKE2b digest.
    """
    tables = hashlib.shake_256(seed.encode()).digest(2048)
    bucket = 0
    for number, byte in enumerate(hashlib.blake2b(terminal_id.encode(), digest_size=4).digest()):
        at = 512 * number + 2 * byte
        bucket ^= int.from_bytes(tables[at : at + 2], "little")
    return bucket


def test_a_smaller_share_lies_within_a_larger_one_of_the_same_seed() -> None:
    assert held(0.1, "spring") < held(0.4, "spring")


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_a_share_has_about_its_part_of_all(share: float) -> None:
    expected, deviation = share * len(IDS), (share * (1 - share) * len(IDS)) ** 0.5
    assert abs(len(held(share, "spring")) - expected) < 4 * deviation


def test_shares_under_two_seeds_are_independent() -> None:
    both = len(held(0.5, "spring") & held(0.5, "autumn"))
    assert abs(both - len(IDS) / 4) < 4 * (3 / 16 * len(IDS)) ** 0.5


@pytest.mark.parametrize(("share", "buckets"), [(1.0, 65_536), (1e-9, 1), (0.5, 32_768)])
def test_everybody_is_in_the_whole_and_the_smallest_share_is_not_empty(share: float, buckets: int) -> None:
    inside = sum(by_definition("spring", terminal_id) < buckets for terminal_id in IDS)
    assert len(held(share, "spring")) == inside
