"""The README's lines, typed as a newcomer would, give what the README says."""

import json
import re
import subprocess
from pathlib import Path

from tests.acceptance.system import running
from tests.engines import wait_until

README = Path(__file__).parents[2] / "README.md"


def test_the_readmes_push_does_what_it_says(tmp_path: Path) -> None:
    text = README.read_text("utf-8")
    push, look = (block for block in re.findall(r"```\n(.*?)```", text, re.DOTALL) if "curl" in block)
    with running(tmp_path, None, "--reports") as system:
        (tmp_path / ".pushgate").symlink_to(tmp_path / "data")

        def typed(lines: str) -> str:
            here = lines.replace("http://127.0.0.1:8080", str(system.api.base_url).rstrip("/"))
            here = here.replace("http://127.0.0.1:8090", str(system.sandbox.base_url).rstrip("/"))
            result = subprocess.run(
                ["bash", "-ec", here], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
            )
            return result.stdout

        answers = typed(push)
        message_id = re.findall(r'"id":"([0-9a-f]{28})"', answers)[-1]
        results = system.finished(message_id)
        assert (results["targeted"], results["accepted"]) == (2, 2)
        told = typed("KEY=$(cat .pushgate/demo.key)\n" + look.replace("<id>", message_id))
        assert '"status":"sent"' in told
        assert "特卖" in json.dumps(json.loads(told[told.index('{"received"') :]), ensure_ascii=False)
        wait_until(
            lambda: int(str(system.results(message_id)["delivered"])) >= 1, 20, "the client apps' reports"
        )


def test_every_file_the_readme_names_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8")):
        assert (README.parent / target).exists(), target
