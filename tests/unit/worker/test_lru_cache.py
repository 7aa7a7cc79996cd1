"""A small memory."""

from pushgate.worker.lru_cache import LRUCache


def test_what_was_used_longest_ago_is_forgotten_first() -> None:
    kept: LRUCache[str, int] = LRUCache(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert kept.get("b") is None
    assert (kept.get("a"), kept.get("c")) == (1, 3)
