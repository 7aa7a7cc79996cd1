"""What `pushgate up` plans to run: the programs in order, their command lines, and one
configuration of all.
"""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pushgate.domain.errors import ConfigurationError
from pushgate.embedded.demo import Demo
from pushgate.embedded.plan import Plan, UpOptions, make_plan
from pushgate.sealing.master_keys import new_key
from pushgate.settings.loading import load, parse

ENGINES = {"redis": {"url": "redis://127.0.0.1:1/0"}, "gearman": {"servers": ["127.0.0.1:1"]}}
XIAOMI = {"package": "p", "app_secret": "s"}
DEMO = Demo(
    sections={"xiaomi": XIAOMI},
    arguments=lambda api: ["sandbox", "--report-to", api],
    sandbox_url="http://127.0.0.1:8090",
    reports=True,
)


def plan(folder: Path, demo: Demo | None = None, workers: int = 1, **settings: Any) -> Plan:
    """A plan over engines that run already."""
    written = {**ENGINES, "api": {"port": 0}, **settings}
    return make_plan(parse(written), UpOptions(data=folder, workers=workers), demo)


def test_engines_that_the_settings_name_are_not_started(tmp_path: Path) -> None:
    found = plan(tmp_path)
    assert found.engines == []
    assert [program.name for program in found.programs] == ["scheduler", "worker-1", "webhook-sender", "api"]


def test_programs_start_with_the_sandbox_and_end_with_the_api(tmp_path: Path) -> None:
    names = [program.name for program in plan(tmp_path, DEMO, workers=2).programs]
    assert names == ["sandbox", "scheduler", "worker-1", "worker-2", "webhook-sender", "api"]


def test_every_process_reads_the_same_configuration_which_holds_secrets(tmp_path: Path) -> None:
    found = plan(tmp_path, apps={"shop": {"xiaomi": XIAOMI}})
    file = tmp_path / "run.toml"
    assert load(file).model_dump() == found.settings.model_dump()
    assert file.stat().st_mode & 0o077 == 0
    for program in found.programs:
        assert tuple(program.command[:4]) == (sys.executable, "-P", "-m", "pushgate")
        assert tuple(program.command[5:7]) == ("--config", str(file))


def test_no_process_imports_files_of_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "redis.py").write_text("raise SystemExit(9)\n", "utf-8")
    command = plan(tmp_path).programs[0].command[:4]
    done = subprocess.run([*command, "check", "--help"], cwd=tmp_path, check=False, capture_output=True)
    assert done.returncode == 0


def test_the_api_gets_its_address_as_options_with_a_port_that_is_free(tmp_path: Path) -> None:
    found = plan(tmp_path)
    port = found.settings.api.port
    assert port != 0
    assert tuple(found.programs[-1].command[7:]) == ("--host", "127.0.0.1", "--port", str(port))


def test_the_demo_app_reports_to_the_api(tmp_path: Path) -> None:
    found = plan(tmp_path, DEMO)
    api = f"http://127.0.0.1:{found.settings.api.port}"
    assert list(found.settings.apps) == ["demo"]
    assert found.settings.api.public_url == api
    assert tuple(found.programs[0].command[4:]) == ("sandbox", "--report-to", api)


def test_up_makes_a_master_key_once_and_allows_endpoints_by_api(tmp_path: Path) -> None:
    first = plan(tmp_path).settings
    assert first.vendors.allow_endpoints
    file = first.secrets.key_file
    assert file == tmp_path / "master.key"
    assert file.stat().st_mode & 0o077 == 0
    key = file.read_text("utf-8")
    assert plan(tmp_path).settings.secrets.key_file == file
    assert file.read_text("utf-8") == key


def test_a_master_key_of_the_settings_is_used(tmp_path: Path) -> None:
    key = new_key()
    found = plan(tmp_path, secrets={"key": key}, vendors={"allow_endpoints": False})
    assert load(tmp_path / "run.toml").model_dump() == found.settings.model_dump()
    assert found.settings.secrets.key_file is None
    assert not found.settings.vendors.allow_endpoints
    assert not (tmp_path / "master.key").exists()


def test_a_bad_master_key_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"secrets\.key: line 1 is no base64"):
        plan(tmp_path, secrets={"key": "hunter2"})


def test_a_worker_may_drain_before_it_is_killed(tmp_path: Path) -> None:
    found = plan(tmp_path, worker={"drain_timeout": timedelta(seconds=40)})
    (worker,) = (program for program in found.programs if program.name == "worker-1")
    assert worker.stop_timeout == 45


def test_faults_of_vendors_are_found_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="app_secret"):
        plan(tmp_path, apps={"shop": {"xiaomi": {"package": "p"}}})
    assert list(tmp_path.iterdir()) == []


def test_the_embedded_gearman_server_listens_where_workers_look(tmp_path: Path) -> None:
    settings = parse({"redis": ENGINES["redis"], "api": {"port": 0}})
    found = make_plan(settings, UpOptions(data=tmp_path, prefer_gear=True), None)
    (gearman,) = found.engines
    port = found.settings.gearman.servers[0].rpartition(":")[2]
    assert gearman.command[-1] == port
