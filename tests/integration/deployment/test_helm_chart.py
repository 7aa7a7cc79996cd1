"""The Helm chart makes manifests that confine Pushgate, and settings that Pushgate has.

The manifests were made by helm (`make chart`) and are kept beside this file. A digest tells whether
they are of the chart as it is. Where helm is installed, it makes them anew.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from tests.support import helm

from pushgate.processes.configuration import load

CASES = helm.cases()
WORKLOADS = ("Deployment", "StatefulSet", "Pod")
KINDS = {"api", "scheduler", "worker", "webhook-sender"}
with_helm = pytest.mark.skipif(not helm.find(), reason="helm is not installed")


def _pods(case: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each pod's component and specification."""
    for manifest in helm.manifests(case):
        if manifest["kind"] in WORKLOADS:
            pod = manifest if manifest["kind"] == "Pod" else manifest["spec"]["template"]
            yield pod["metadata"]["labels"]["app.kubernetes.io/component"], pod["spec"]


def _of(case: str, kind: str, component: str) -> dict[str, Any]:
    """The manifest of a kind and component."""
    for manifest in helm.manifests(case, kind):
        if manifest["metadata"]["name"].endswith(f"-{component}"):
            return manifest
    raise AssertionError(f"no {kind} of {component}")


@pytest.mark.parametrize("case", CASES)
def test_the_manifests_are_of_the_chart_as_it_is(case: str) -> None:
    assert helm.digest_of_golden(case) == helm.chart_digest(), "run `make chart`, which needs helm"


@with_helm
@pytest.mark.parametrize("case", CASES)
def test_helm_makes_the_same_manifests_and_finds_no_fault(case: str) -> None:
    assert helm.golden(case).partition("\n")[2] == helm.render(case)
    done = helm.run(
        "lint", str(helm.CHART), "--strict", "--kube-version", helm.KUBERNETES,
        "--values", str(helm.values_file(case)),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@with_helm
def test_the_rules_of_alerts_are_those_of_the_file() -> None:
    made = helm.render("trial", "--set", "monitoring.prometheusRule.enabled=true")
    rules = [
        found["spec"] for found in yaml.safe_load_all(made) if found and found["kind"] == "PrometheusRule"
    ]
    file = helm.CHART.parents[1] / "alerts.yml"
    assert rules == [yaml.safe_load(file.read_text("utf-8"))]


@with_helm
@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("worker.replica=3", "replica"),
        ("worker.autoscaling.by=cpu", "by"),
        ("redis.url=http://redis", "url"),
        ("gearman.servers={gearman}", "servers"),
    ],
)
def test_a_wrong_value_is_named(value: str, complaint: str) -> None:
    done = helm.run("template", str(helm.CHART), "--kube-version", helm.KUBERNETES, "--set", value)
    assert done.returncode
    assert complaint in done.stderr


@pytest.mark.parametrize("case", CASES)
def test_values_are_as_their_schema_says(case: str) -> None:
    schema = json.loads((helm.CHART / "values.schema.json").read_text("utf-8"))
    validator = jsonschema_rs.validator_for(schema)
    for file in (helm.CHART / "values.yaml", helm.values_file(case)):
        assert [
            error.message for error in validator.iter_errors(yaml.safe_load(file.read_text("utf-8")))
        ] == []


@pytest.mark.parametrize("case", CASES)
def test_pushgate_takes_the_configuration_and_the_variables_of_each_process(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pushgate.toml"
    texts = helm.manifests(case, "ConfigMap")
    file.write_text(texts[0]["data"]["pushgate.toml"] if texts else "", "utf-8")
    variables = {
        entry["name"]: entry.get("value", "redis://:password@redis:6379/0")
        for component, spec in _pods(case)
        if component in KINDS
        for entry in spec["containers"][0]["env"]
    }
    del variables["PUSHGATE_CONFIG"]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = load(file).model_dump(mode="json")
    for name, value in variables.items():
        section, field = name.removeprefix("PUSHGATE_").lower().split("__")
        found = settings[section][field]
        assert (",".join(found) if isinstance(found, list) else found) == value
    assert tomllib.loads(file.read_text("utf-8")).get("apps", {}).keys() == settings["apps"].keys()


@pytest.mark.parametrize("case", CASES)
def test_no_container_has_a_privilege_or_writes_to_its_root(case: str) -> None:
    for component, spec in _pods(case):
        pod = spec["securityContext"]
        assert pod["runAsNonRoot"], component
        assert pod["runAsUser"] > 10000
        assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


@pytest.mark.parametrize("case", CASES)
def test_each_process_is_probed_and_has_time_to_stop(case: str) -> None:
    seen = set()
    for manifest in helm.manifests(case, "Deployment"):
        spec = manifest["spec"]["template"]["spec"]
        container = spec["containers"][0]
        seen.add(container["name"])
        assert container["args"] == [container["name"]], "the image's entry point is pushgate"
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert spec["terminationGracePeriodSeconds"] > 40
    assert seen >= KINDS - {"webhook-sender"}
    api = _of(case, "Deployment", "api")["spec"]["template"]["spec"]["containers"][0]
    assert api["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "5"]


def test_secrets_are_files_that_the_group_alone_may_read() -> None:
    spec = _of("production", "Deployment", "worker")["spec"]["template"]["spec"]
    volume = next(volume for volume in spec["volumes"] if volume["name"] == "configuration")
    assert volume["projected"]["defaultMode"] == 0o440
    assert {"secret": {"name": "pushgate-files"}} in volume["projected"]["sources"]
    assert spec["securityContext"]["fsGroup"] == spec["securityContext"]["runAsGroup"]
    redis = next(entry for entry in spec["containers"][0]["env"] if entry["name"] == "PUSHGATE_REDIS__URL")
    assert redis["valueFrom"]["secretKeyRef"] == {"name": "pushgate-redis", "key": "url"}


def test_workers_scale_by_waiting_jobs_and_by_late_sends() -> None:
    triggers = _of("production", "ScaledObject", "worker")["spec"]["triggers"]
    queries = [trigger["metadata"]["query"] for trigger in triggers]
    assert "pushgate_gearman_jobs" in queries[0]
    assert "pushgate_backlog_jobs" in queries[0]
    assert "pushgate_send_delay_seconds_bucket" in queries[1]
    metrics = _of("sentinel", "HorizontalPodAutoscaler", "worker")["spec"]["metrics"]
    assert [metric["type"] for metric in metrics] == ["External", "External"]
    assert "replicas" not in _of("production", "Deployment", "worker")["spec"], "the autoscaler sets it"


def test_schedulers_and_engines_reach_no_address_outside() -> None:
    rules = _of("production", "NetworkPolicy", "scheduler")["spec"]["egress"]
    ports = [sorted(port["port"] for port in rule["ports"]) for rule in rules]
    assert ports == [[53, 53], [6380], [4730]]
    assert "egress" not in _of("trial", "NetworkPolicy", "redis")["spec"]
    worker = _of("production", "NetworkPolicy", "worker")["spec"]["egress"]
    assert worker[-1]["to"][0]["ipBlock"]["cidr"] == "0.0.0.0/0"


def test_the_ingress_leads_nobody_to_metrics() -> None:
    (ingress,) = helm.manifests("production", "Ingress")
    paths = ingress["spec"]["rules"][0]["http"]["paths"]
    services = {path["path"]: path["backend"]["service"]["name"] for path in paths}
    assert services == {"/metrics": "pushgate-closed", "/": "pushgate"}
    closed: Mapping[str, Any] = next(
        service for service in helm.manifests("production", "Service") if "closed" in str(service["metadata"])
    )
    assert "selector" not in closed["spec"], "it leads to no pod"


def test_every_kind_of_manifest_stands_once_under_its_name() -> None:
    for case in CASES:
        names = sorted(f"{found['kind']} {_name(found)}" for found in helm.manifests(case))
        assert [first for first, second in pairwise(names) if first == second] == []


def _name(manifest: Mapping[str, Any]) -> str:
    return str(manifest["metadata"]["name"])
