"""Shards and hash tags of keys."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.app import App
from pushgate.redis.hash_tags import by_shard, shard_of, tag


@given(st.text(), st.integers(1, 64))
def test_a_shard_is_one_of_the_apps_and_follows_from_the_text(text: str, shards: int) -> None:
    app = App("shop", shards)
    assert 0 <= shard_of(app, text) < shards
    assert shard_of(app, text) == shard_of(App("news", shards), text)


def test_the_tag_names_app_and_shard() -> None:
    assert tag(App("shop", 4), 3) == "{shop:3}"


def test_items_go_by_shard_in_their_order() -> None:
    app, names = App("shop", shards=3), [f"t{number}" for number in range(50)]
    found = by_shard(app, names, str)
    assert found == {shard: [name for name in names if shard_of(app, name) == shard] for shard in found}
    assert sum(map(len, found.values())) == len(names)
