"""A message survives the queue unchanged."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pushgate.model import (
    Address,
    Audience,
    ByTerminal,
    ByToken,
    ByUser,
    Category,
    Content,
    Delivery,
    Everyone,
    Message,
    Options,
    Priority,
)
from pushgate.queue.codec import decode, encode

texts = st.text(max_size=30)
ids = st.lists(texts, min_size=1, max_size=5).map(tuple)
audiences: st.SearchStrategy[Audience] = st.one_of(
    st.just(Everyone()),
    st.builds(ByTerminal, ids),
    st.builds(ByUser, ids),
    st.builds(ByToken, st.lists(st.builds(Address, texts, texts, texts), min_size=1, max_size=3).map(tuple)),
)
contents = st.builds(Content, texts, texts, st.none() | texts, st.dictionaries(texts, texts, max_size=3))
extras = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001  # hypothesis wants naive bounds
messages = st.builds(
    Message,
    id=texts,
    app=texts,
    content=st.dictionaries(texts, contents, min_size=1, max_size=3),
    default_language=texts,
    push_at=instants,
    created_at=instants,
    audience=audiences,
    options=st.builds(
        Options,
        ttl=st.integers(0, 28 * 86400).map(lambda seconds: timedelta(seconds=seconds)),
        priority=st.sampled_from(Priority),
        delivery=st.sampled_from(Delivery),
        collapse_key=st.none() | texts,
        category=st.none() | st.sampled_from(Category),
        vendors=st.dictionaries(texts, st.dictionaries(texts, extras, max_size=3), max_size=2),
    ),
)


@given(messages)
def test_a_message_comes_back_as_it_went(message: Message) -> None:
    assert decode(encode(message)) == message
