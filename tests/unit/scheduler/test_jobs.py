"""Blocks become jobs: by group, a few blocks each, urgent where few are to be sent to soon."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pushgate.domain.audience import AudienceSummary
from pushgate.domain.message import Content, Envelope, Message, Options, Priority, Resend
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block
from pushgate.scheduler.jobs import MAX_URGENT_BLOCKS, jobs_for

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ENGLISH, JAPANESE = Group("apns", "en"), Group("apns", "ja")


def envelope(priority: Priority = Priority.NORMAL) -> Envelope:
    content = {"en": Content("t", "b")}
    options = Options(priority=priority)
    return Message(
        id="m",
        app="shop",
        content=content,
        default_language="en",
        push_at=NOW,
        created_at=NOW,
        audience=AudienceSummary(),
        options=options,
    ).envelope


def blocks(count: int, group: Group = ENGLISH) -> list[Block]:
    return [Block(group, number) for number in range(count)]


def test_each_job_has_blocks_of_one_group_and_every_block_has_one_job() -> None:
    mixed = [*blocks(9), *blocks(5, JAPANESE)]
    jobs = list(jobs_for(envelope(), 3, mixed))
    assert sorted((job.group.key, number) for job in jobs for number in job.blocks) == sorted(
        (block.group.key, block.number) for block in mixed
    )
    assert {(job.app, job.message_id, job.shard, job.attempt) for job in jobs} == {("shop", "m", 3, 0)}


def test_the_same_block_is_in_the_same_job_whichever_others_are_left() -> None:
    whole = {number: job.blocks for job in jobs_for(envelope(), 0, blocks(20)) for number in job.blocks}
    (left,) = jobs_for(envelope(), 0, [Block(ENGLISH, 5)])
    assert set(left.blocks) <= set(whole[5])


@pytest.mark.parametrize(
    ("priority", "count", "urgent"),
    [
        (Priority.HIGH, MAX_URGENT_BLOCKS, True),
        (Priority.HIGH, MAX_URGENT_BLOCKS + 1, False),
        (Priority.NORMAL, 1, False),
    ],
)
def test_only_a_small_message_of_high_priority_is_urgent(
    priority: Priority, count: int, urgent: bool
) -> None:
    jobs = list(jobs_for(envelope(priority), 0, blocks(count)))
    assert {(job.priority, job.urgent) for job in jobs} == {(priority, urgent)}


def test_a_job_says_how_often_failures_were_sent_again_and_when_it_expires() -> None:
    resent = replace(envelope(), resend=Resend(2, (State.REJECTED,), NOW))
    (job,) = jobs_for(resent, 0, blocks(1))
    assert job.resend == 2
    assert job.expires_at_ms == resent.expires_at.timestamp() * 1000
