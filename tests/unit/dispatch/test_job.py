"""Jobs travel as small bytes and come back whole; what is no job is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from pushgate.dispatch.job import (
    BlockJob,
    BundleJob,
    FunctionKind,
    Job,
    UnreadableJob,
    decode,
    encode,
    function_name,
    function_of,
    parse_function,
    unique_id,
)
from pushgate.domain.message import Priority
from pushgate.domain.terminal import Group

BLOCKS = BlockJob(app="shop", message_id="0" * 30, group=Group("apns", "en"), shard=0, blocks=(0,))
BUNDLE = BundleJob(app="shop", shard=0, bundle=0, vendor="apns")
block_jobs = st.builds(
    BlockJob,
    app=st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True),
    message_id=st.from_regex(r"[0-9a-f]{30}", fullmatch=True),
    group=st.builds(
        Group, st.sampled_from(["apns", "fcm"]), st.sampled_from(["en", "zh-Hant-TW"]), st.booleans()
    ),
    shard=st.integers(0, 1023),
    blocks=st.lists(st.integers(0, 10**7), min_size=1, max_size=4, unique=True).map(tuple),
    attempt=st.integers(0, 1000),
    expires_at_ms=st.integers(0, 10**13),
    due_ms=st.just(UNSET) | st.integers(0, 10**13),
    priority=st.sampled_from(Priority),
)

bundle_jobs = st.builds(
    BundleJob,
    app=st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True),
    shard=st.integers(0, 4095),
    bundle=st.integers(0, 2**40 - 1),
    vendor=st.sampled_from(["apns", "fcm"]),
    priority=st.sampled_from(Priority),
    expires_at_ms=st.integers(0, 10**13),
    due_s=st.just(UNSET) | st.integers(0, 10**10),
)
jobs = block_jobs | bundle_jobs


@given(jobs)
def test_a_job_comes_back_as_it_went_in_a_few_hundred_bytes(job: Job) -> None:
    raw = encode(job)
    assert decode(raw) == job
    assert len(raw) < 500


def test_the_bytes_of_a_job_keep_their_names() -> None:
    """Jobs of a version wait in Gearman and Redis while the next one starts."""
    job = BlockJob(
        app="shop",
        message_id="0" * 30,
        group=Group("apns", "en"),
        shard=1,
        blocks=(2, 3),
        attempt=4,
        priority=Priority.HIGH,
        postponements=5,
        urgent=True,
        resend=6,
        expires_at_ms=7,
        due_ms=8,
    )
    raw = (
        b'{"of":"blocks","app":"shop","message_id":"000000000000000000000000000000",'
        b'"group":{"vendor":"apns","language":"en","inline":false},"shard":1,"blocks":[2,3],"attempt":4,'
        b'"priority":"high","turn":5,"urgent":true,"resend":6,"expires":7,"due":8}'
    )
    bundle = BundleJob(
        app="shop", shard=1, bundle=2, vendor="apns", priority=Priority.LOW, expires_at_ms=3, due_s=4
    )
    raw_bundle = (
        b'{"of":"bundle","app":"shop","shard":1,"bundle":2,"vendor":"apns","priority":"low","expires":3,'
        b'"due":4}'
    )
    assert (encode(job), encode(bundle)) == (raw, raw_bundle)
    assert (decode(raw), decode(raw_bundle)) == (job, bundle)


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


@given(block_jobs, block_jobs)
def test_unique_ids_are_the_same_for_the_same_attempt_at_the_same_blocks_only(
    one: BlockJob, other: BlockJob
) -> None:
    same = (one.message_id, one.shard, one.group, one.blocks, one.attempt, one.due_ms) == (
        other.message_id,
        other.shard,
        other.group,
        other.blocks,
        other.attempt,
        other.due_ms,
    )
    assert (unique_id(one) == unique_id(other)) == same
    assert len(unique_id(one)) <= 63


@given(bundle_jobs, bundle_jobs)
def test_unique_ids_of_bundles_are_the_same_for_the_same_pushes_of_a_bundle_only(
    one: BundleJob, other: BundleJob
) -> None:
    same = (one.app, one.shard, one.bundle, one.due_s) == (other.app, other.shard, other.bundle, other.due_s)
    assert (unique_id(one) == unique_id(other)) == same
    assert len(unique_id(one)) <= 63


@pytest.mark.parametrize(
    ("first", "retry"),
    [(BLOCKS, replace(BLOCKS, due_ms=1)), (BUNDLE, replace(BUNDLE, due_s=1))],
    ids=["blocks", "bundle"],
)
def test_a_job_that_waited_is_not_taken_for_the_one_before(first: Job, retry: Job) -> None:
    """A server drops a job while one with the same id runs."""
    assert unique_id(first) != unique_id(retry)


@pytest.mark.parametrize("kind", FunctionKind)
def test_each_app_and_vendor_has_its_functions(kind: FunctionKind) -> None:
    assert parse_function(function_name("shop", "apns", kind)) == ("shop", "apns")


@pytest.mark.parametrize("name", ["", "push", "push.apns", "pull.apns.shop", "push.apns.shop.more"])
def test_functions_of_others_are_no_functions_of_pushgate(name: str) -> None:
    assert parse_function(name) is None


@pytest.mark.parametrize(
    ("job", "function"),
    [
        (replace(BLOCKS, priority=Priority.HIGH), "push.apns.shop"),
        (replace(BLOCKS, urgent=True), "urgent.apns.shop"),
        (BUNDLE, "bundle.apns.shop"),
        (replace(BUNDLE, priority=Priority.LOW), "bundle.apns.shop"),
        (replace(BUNDLE, priority=Priority.HIGH), "urgent.apns.shop"),
    ],
)
def test_a_job_goes_to_the_function_of_its_kind(job: Job, function: str) -> None:
    assert function_of(job) == function
