"""The reference of metrics, from where the code makes them."""

from typing import Final

from docs.generator.source import Call, find_calls, text_of, texts_of

HEAD: Final = """# Metrics

Generated from the code by `make docs`. [Monitor an installation](../how-to/monitor.md#metrics) says which
metrics to watch, and [Alert](../how-to/alert.md) sets up alerts.

Each process serves its own metrics at `/metrics` in Prometheus' text format: the API on its port, every
other process on `metrics.port`. The
metrics of the whole installation are at `/metrics/fleet` of any API process, for an operator's key. A
histogram has `_bucket`, `_sum` and `_count`.
"""
KINDS: Final = {
    "Counter": "counter",
    "CounterMetricFamily": "counter",
    "Gauge": "gauge",
    "GaugeMetricFamily": "gauge",
    "Histogram": "histogram",
}
SERVERS: Final = {
    "the whole installation, `/metrics/fleet`": ("api/resources/metrics.py", "api/app_counters.py"),
    "the API": ("api/",),
    "schedulers": ("scheduler/",),
    "workers": ("worker/",),
    "senders of webhooks": ("webhooks/",),
}


def metrics() -> str:
    """The whole document."""
    found = {server: dict[str, str]() for server in SERVERS}
    for call in find_calls():
        name = text_of(call.argument(0, "name"))
        if call.function in KINDS and name and name.startswith("pushgate_"):
            kind = KINDS[call.function]
            full = f"{name}_total" if kind == "counter" else name
            found[_server(call.module)][full] = _row(call, full, kind)
    text = HEAD
    for server, rows in found.items():
        text += f"\n## Of {server}\n\n| Metric | Kind | Labels | Meaning |\n|---|---|---|---|\n"
        text += "".join(rows[name] for name in sorted(rows))
    return text


def _server(module: str) -> str:
    for server, places in SERVERS.items():
        if module.startswith(places):
            return server
    raise ValueError(f"{module} makes a metric, and SERVERS does not say which process serves it")


def _row(call: Call, name: str, kind: str) -> str:
    labels = call.argument(2, "labels", "labelnames")
    names = ", ".join(f"`{label}`" for label in texts_of(call, labels))
    help_text = text_of(call.argument(1, "documentation")) or ""
    return f"| `{name}` | {kind} | {names} | {help_text} |\n"
