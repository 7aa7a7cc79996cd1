"""Tracing is off without an endpoint, and a receiver that is away disturbs nothing."""

import subprocess
import sys
from contextlib import closing

from pushgate.processes.opentelemetry_tracer import OpenTelemetryTracer
from pushgate.processes.tracing import open_tracer
from pushgate.runtime.tracing import following, within
from pushgate.settings.traces import TracesSettings

NOWHERE = TracesSettings(endpoint="http://127.0.0.1:9/v1/traces", sample_ratio=0.0)
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OTHER = "00-5bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def test_without_an_endpoint_there_is_no_tracer() -> None:
    async with open_tracer(TracesSettings(), "api") as tracer:
        assert tracer is None
        with following(tracer, "work", {}, [PARENT]) as context, within(tracer, "call", {}):
            assert context == ""


def test_a_process_without_traces_loads_no_exporter() -> None:
    # The client of Redis loads the SDK by itself where it is installed, and uses none of it.
    program = "import sys, pushgate.processes.worker; sys.exit('opentelemetry.exporter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


async def test_a_receiver_that_is_away_disturbs_nothing() -> None:
    async with open_tracer(NOWHERE, "worker") as tracer:
        assert tracer is not None
        for _ in range(100):
            with following(tracer, "send bundle", {"app": "shop"}, [PARENT]) as context:
                assert context.split("-")[1] == PARENT.split("-")[1]


def test_work_for_several_messages_is_a_sampled_trace_of_its_own() -> None:
    with closing(OpenTelemetryTracer(NOWHERE, "worker")) as tracer:
        with following(tracer, "send bundle", {}, [PARENT, OTHER]) as context:
            assert int(context[-2:], 16) & 1
            assert context.split("-")[1] not in (PARENT.split("-")[1], OTHER.split("-")[1])
        with tracer.begin("POST", {}) as context:
            assert context == ""
        with within(tracer, "vendor request", {}) as context:
            assert context == ""
