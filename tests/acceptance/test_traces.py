"""A message's way is one trace, from the caller's span to the vendor's request."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.engines import wait_until
from tests.support.otlp_receiver import OtlpReceiver, otlp_receiver
from tests.support.system import System, running

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
SECRETS = ("canary-text", "canary-token", "canary-user")


@pytest.fixture(scope="module")
def receiver() -> Iterator[OtlpReceiver]:
    """What the system's spans are sent to."""
    with otlp_receiver() as found:
        yield found


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, receiver: OtlpReceiver) -> Iterator[System]:
    """A system that begins no traces by itself."""
    environment = {
        "PUSHGATE_TRACES__ENDPOINT": receiver.url,
        "PUSHGATE_TRACES__SAMPLE_RATIO": "0",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    folder: Path = tmp_path_factory.mktemp("traces")
    with running(folder, environment) as found:
        found.import_terminals([{"id": "t", "vendor": "fcm", "token": SECRETS[1], "user": SECRETS[2]}])
        yield found


def send(system: System, audience: dict[str, object], **headers: str) -> str:
    body = {"content": {"en": {"title": SECRETS[0], "body": SECRETS[0]}}, "audience": audience}
    answer = system.api.post("/v1/messages", json=body, headers=headers).raise_for_status()
    message_id: str = answer.json()["id"]
    system.finished(message_id)
    return message_id


@pytest.mark.parametrize(
    ("audience", "work"), [({"users": [SECRETS[2]]}, "send bundle"), ({"all": True}, "send blocks")]
)
def test_a_message_is_traced_from_its_post_to_the_vendor(
    system: System, receiver: OtlpReceiver, audience: dict[str, object], work: str
) -> None:
    receiver.spans.clear()
    send(system, audience, traceparent=f"00-{TRACE}-{CALLER}-01", tracestate="vendor=1")
    names = "POST /v1/messages", work, "vendor request"
    wait_until(lambda: all(map(receiver.named, names)), 20, "the spans, which three processes export")
    (post,) = receiver.named("POST /v1/messages")
    if work == "send blocks":
        wait_until(lambda: bool(receiver.named("plan")), 20, "the span of the scheduler")
        assert receiver.named("plan")[0].parent_span_id == post.span_id
    (job,) = receiver.named(work)
    call = receiver.named("vendor request")[0]
    assert {span.trace_id.hex() for span in (post, job, call)} == {TRACE}
    assert post.parent_span_id.hex() == CALLER
    assert (job.parent_span_id, call.parent_span_id) == (post.span_id, job.span_id)
    assert {span.trace_state for span in (post, job, call)} == {"vendor=1"}
    assert not any(secret.encode() in raw for secret in SECRETS for raw in receiver.raw)


def test_a_request_without_a_sampled_trace_has_no_spans(system: System, receiver: OtlpReceiver) -> None:
    receiver.spans.clear()
    send(system, {"users": [SECRETS[2]]})
    send(system, {"users": [SECRETS[2]]}, traceparent=f"00-{TRACE}-{CALLER}-00")
    send(system, {"users": [SECRETS[2]]}, traceparent="rubbish")
    send(system, {"users": [SECRETS[2]]}, traceparent=f"00-{'7' * 32}-{CALLER}-01")
    wait_until(lambda: bool(receiver.named("send bundle")), 20, "the spans of the last one")
    assert {span.trace_id.hex() for _, span in receiver.spans} == {"7" * 32}
