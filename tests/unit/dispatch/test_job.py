"""Jobs travel as small bytes and come back whole; what is no job is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.dispatch.job import Job, UnreadableJob, decode, encode, function_name, unique_id
from pushgate.domain.message import Priority
from pushgate.domain.terminal import Group

jobs = st.builds(
    Job,
    app=st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True),
    message_id=st.from_regex(r"[0-9a-f]{28}", fullmatch=True),
    group=st.builds(
        Group, st.sampled_from(["apns", "fcm"]), st.sampled_from(["en", "zh-Hant-TW"]), st.booleans()
    ),
    shard=st.integers(0, 1023),
    blocks=st.lists(st.integers(0, 10**7), min_size=1, max_size=4, unique=True).map(tuple),
    attempt=st.integers(0, 1000),
    expires_at_ms=st.integers(0, 10**13),
    priority=st.sampled_from(Priority),
)


@given(jobs)
def test_a_job_comes_back_as_it_went_in_a_few_hundred_bytes(job: Job) -> None:
    raw = encode(job)
    assert decode(raw) == job
    assert len(raw) < 500


def test_the_bytes_of_a_job_keep_their_names() -> None:
    """Jobs of a version wait in Gearman and Redis while the next one starts."""
    job = Job(
        app="shop",
        message_id="0" * 28,
        group=Group("apns", "en"),
        shard=1,
        blocks=(2, 3),
        attempt=4,
        priority=Priority.HIGH,
        postponements=5,
        urgent=True,
        resend=6,
        expires_at_ms=7,
    )
    raw = (
        b'{"app":"shop","message_id":"0000000000000000000000000000",'
        b'"group":{"vendor":"apns","language":"en","inline":false},"shard":1,"blocks":[2,3],"attempt":4,'
        b'"priority":"high","turn":5,"urgent":true,"resend":6,"expires":7}'
    )
    assert encode(job) == raw
    assert decode(raw) == job


@given(st.binary(max_size=300))
def test_any_bytes_are_a_job_or_refused_and_nothing_else(raw: bytes) -> None:
    try:
        decode(raw)
    except UnreadableJob:
        return
    raise AssertionError("random bytes are no job")


def test_an_endless_payload_is_refused_unread() -> None:
    with pytest.raises(UnreadableJob):
        decode(b"[" * 1_000_000)


@given(jobs, jobs)
def test_unique_ids_are_the_same_for_the_same_attempt_at_the_same_blocks_only(one: Job, other: Job) -> None:
    same = (one.message_id, one.shard, one.group, one.blocks, one.attempt) == (
        other.message_id,
        other.shard,
        other.group,
        other.blocks,
        other.attempt,
    )
    assert (unique_id(one) == unique_id(other)) == same
    assert len(unique_id(one)) <= 63


def test_each_app_and_vendor_has_its_functions() -> None:
    assert function_name("shop", "apns") == "push.apns.shop"
    assert function_name("shop", "apns", urgent=True) == "urgent.apns.shop"
