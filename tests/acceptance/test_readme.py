"""The commands of the README do what the README says."""

import json
import re
import subprocess
from pathlib import Path

from tests.support.engines import wait_until
from tests.support.system import running

README = Path(__file__).parents[2] / "README.md"


def test_the_push_of_the_readme_does_what_the_readme_says(tmp_path: Path) -> None:
    text = README.read_text("utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    push, read = (block for kind, block in blocks if not kind and "curl" in block)
    stored, sent = (json.loads(block.replace(", ...", "")) for kind, block in blocks if kind == "json")
    with running(tmp_path, None, "--reports") as system:
        (tmp_path / ".pushgate").symlink_to(tmp_path / "data")

        def run(lines: str) -> str:
            script = lines.replace("PG=http://127.0.0.1:8080", f"PG={str(system.api.base_url).rstrip('/')}")
            script = script.replace("http://127.0.0.1:8090", str(system.sandbox.base_url).rstrip("/"))
            result = subprocess.run(
                ["bash", "-ec", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
            )
            return result.stdout

        answers = run(push)
        message_id = re.findall(r'"id":"([0-9a-f]{30})"', answers)[-1]
        assert_like(json.loads(answers[answers.rindex(f'{{"id":"{message_id}"') :]), stored)
        system.finished(message_id)
        output = run("\n".join(push.splitlines()[:2]) + "\n" + read.replace("<id>", message_id))
        assert '"status":"sent"' in output
        assert "特卖" in json.dumps(json.loads(output[output.index('{"received"') :]), ensure_ascii=False)
        wait_until(lambda: system.results(message_id)["delivered"] == 2, 20, "the client apps' reports")
        assert_like(system.results(message_id), sent)


def assert_like(answer: dict[str, object], shown: dict[str, object]) -> None:
    """The README shows part of a real answer. Ids, times and clicks differ between runs."""
    varying = {"id", "push_time", "created_at", "expires_at", "clicked", "click_through_rate"}
    assert set(shown) <= set(answer)
    assert {name: answer[name] for name in shown if name not in varying} == {
        name: value for name, value in shown.items() if name not in varying
    }


def test_every_file_the_readme_names_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8")):
        assert (README.parent / target).exists(), target
