"""The Helm chart: its values, and the manifests that it makes of them."""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "pushgate"
GOLDEN = Path(__file__).parents[1] / "integration" / "deployment" / "golden"
KUBERNETES = "1.34"
_MARK = "# Made from the chart "


def find() -> str | None:
    """The path of helm, None where it is not installed."""
    return shutil.which("helm")


def cases() -> list[str]:
    """Names of the values that the chart is tried with."""
    return sorted(file.name.removesuffix("-values.yaml") for file in (CHART / "ci").iterdir())


def values_file(case: str) -> Path:
    """The values of a case."""
    return CHART / "ci" / f"{case}-values.yaml"


def golden_file(case: str) -> Path:
    """The manifests that the case's values make."""
    return GOLDEN / f"{case}.yaml"


def chart_digest() -> str:
    """A digest of what the manifests are made from, but for the rules of alerts, a link."""
    digest = hashlib.sha256()
    for file in sorted(CHART.rglob("*")):
        if file.is_file() and not file.is_symlink() and file.suffix not in (".md", ".json", ".txt"):
            digest.update(file.relative_to(CHART).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run helm; its output is text."""
    tool = find()
    assert tool is not None
    return subprocess.run([tool, *arguments], capture_output=True, text=True, timeout=60, check=False)


def render(case: str, *options: str) -> str:
    """The manifests that helm makes. Raises AssertionError with what helm says."""
    done = run(
        "template", "pushgate", str(CHART), "--namespace", "push", "--kube-version", KUBERNETES,
        "--values", str(values_file(case)), *options,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def write_golden(case: str) -> None:
    """Render a case anew."""
    golden_file(case).write_text(
        f"{_MARK}{chart_digest()}; `make chart` makes it anew.\n{render(case)}", "utf-8"
    )


def golden(case: str) -> str:
    """The manifests that were made last."""
    return golden_file(case).read_text("utf-8")


def digest_of_golden(case: str) -> str:
    """The digest of the chart that the manifests were made from."""
    found = re.match(rf"{_MARK}([0-9a-f]+);", golden(case))
    assert found
    return found[1]


def manifests(case: str, kind: str | None = None) -> Sequence[dict[str, Any]]:
    """The manifests of a case that were made last, of one kind or all."""
    documents = [document for document in yaml.safe_load_all(golden(case)) if document]
    return [document for document in documents if kind in (None, document["kind"])]


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name in cases():
        write_golden(name)
