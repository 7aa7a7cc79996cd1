"""The commands of the documents run, as they are written, against one `pushgate up`."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.documents import MADE, documents, run_script, script_of
from tests.support.system import System, push, running

RUNNABLE = [name for name in documents() if name not in MADE and script_of(name)]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(tmp_path_factory.mktemp("documents"), reports=True) as found:
        operator_key = (found.folder / "data" / "operator.key").read_text("utf-8").strip()
        answer = httpx.put(
            f"{found.api.base_url}/v1/apps/shop",
            json={"default_language": "en"},
            headers={"Authorization": f"Bearer {operator_key}"},
            trust_env=False,
            timeout=30,
        )
        assert answer.status_code == 201, answer.text
        yield found


@pytest.mark.parametrize("document", RUNNABLE)
def test_the_commands_of_a_document_run(document: str, system: System, tmp_path: Path) -> None:
    # One document sets quiet hours of the user to whom others send: at night they would wait.
    system.api.patch("/v1/users/ann", json={"quiet_hours": None}).raise_for_status()
    done = run_script(script_of(document), tmp_path / "shell", system.folder / "data", push(system))
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
