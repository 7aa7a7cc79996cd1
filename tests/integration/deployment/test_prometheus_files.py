"""The files for Prometheus and Grafana are valid for them, and name what exists."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docs.generator.metrics import metrics
from tests.support import promtool

from pushgate.fleet.problem_codes import SystemProblemCode

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
RULES = (DEPLOY / "alerts.yml").read_text("utf-8")
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "pushgate.json").read_text("utf-8"))
NAME = re.compile(r"\bpushgate_[a-z_]+")
OF_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")
needs_promtool = pytest.mark.skipif(not promtool.find(), reason="promtool is not installed")


def dashboard_expressions() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))


def names_in(*texts: str) -> set[str]:
    return {OF_HISTOGRAM.sub("", name) for text in texts for name in NAME.findall(text)}


@needs_promtool
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "--lint=all", "--lint-fatal", str(DEPLOY / "alerts.yml")),
        ("check", "config", "--syntax-only", str(DEPLOY / "prometheus.yml")),
        ("test", "rules", str(DEPLOY / "alerts_test.yml")),
    ],
)
async def test_the_files_for_prometheus_are_valid(arguments: tuple[str, ...]) -> None:
    assert await promtool.complaints(arguments) == ""


@needs_promtool
async def test_every_expression_of_the_dashboard_is_valid(tmp_path: Path) -> None:
    expressions = [one.replace("$__rate_interval", "5m") for one in dashboard_expressions()]
    rules = [{"record": f"panel:{n}", "expr": one} for n, one in enumerate(expressions)]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
    assert await promtool.complaints(("check", "rules", str(file))) == ""


def test_the_dashboard_and_the_alerts_name_metrics_that_exist() -> None:
    known = set(re.findall(r"^\| `(pushgate_[a-z_]+)`", metrics(), re.MULTILINE))
    expressions = re.findall(r"expr: >-\n\s+(.*)", RULES)
    assert expressions
    assert names_in(*expressions) <= known
    assert names_in(*dashboard_expressions()) <= known


def test_the_alerts_name_problems_that_exist() -> None:
    named = re.findall(r'code!?[=]~"([^"]+)"', RULES)
    codes = {code for pattern in named for code in pattern.split("|")} - {"store_.*"}
    assert codes <= {code.value for code in SystemProblemCode}


def test_the_dashboard_shows_every_metric() -> None:
    known = set(re.findall(r"^\| `(pushgate_[a-z_]+)`", metrics(), re.MULTILINE))
    left_out = {"pushgate_audit_rows_trimmed_early_total", "pushgate_webhook_pauses_total"}
    left_out |= {"pushgate_language_limited_registrations_total"}
    assert known - names_in(*dashboard_expressions()) == left_out


def test_every_alert_is_tested_and_documented() -> None:
    alerts = re.findall(r"- alert: (\w+)", RULES)
    tested = re.findall(r"- alertname: (\w+)", (DEPLOY / "alerts_test.yml").read_text("utf-8"))
    assert set(alerts) == set(tested)
    assert re.findall(r"runbook_url: (\S+)", RULES) == [
        f"docs/how-to/alert.md#{alert.lower()}" for alert in alerts
    ]
    for document in ("docs/how-to/alert.md", "docs/zh/how-to/alert.md"):
        headings = re.findall(r"^### (\w+)$", (ROOT / document).read_text("utf-8"), re.MULTILINE)
        assert headings == alerts, document
