"""The command line: help with examples, and faults reported in one clear text."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pushgate import __version__
from pushgate.cli.exit_codes import ExitCode
from pushgate.cli.main import app
from pushgate.sealing.master_keys import MasterKeys

runner = CliRunner()
COMMANDS = [
    "up",
    "api",
    "scheduler",
    "worker",
    "webhook-sender",
    "sandbox",
    "check",
    "alive",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example(command: str) -> None:
    result = runner.invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"pushgate {command}" in result.output


def test_the_version_is_printed() -> None:
    assert runner.invoke(app, ["--version"]).output.strip() == f"pushgate {__version__}"


@pytest.mark.parametrize(
    "command",
    ["api", "scheduler", "worker", "webhook-sender", "check", "up", "keys create --scopes operator"],
)
def test_a_bad_configuration_is_reported_by_field_and_without_a_traceback(
    command: str, tmp_path: Path
) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("[redis]\nulr = 'x'\n", "utf-8")
    result = runner.invoke(app, [*command.split(), "--config", str(file)])
    assert result.exit_code == 2
    assert "redis.ulr" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("general", "field"),
    [
        ("retention = 'P9999999D'", "retention"),
        ("[redis]\nulr = 'x'", "redis.ulr"),
        ("[api]\nport = true", "api.port"),
        ("[worker]\nvendors = ['nokia']\nlease = 0", "worker.lease"),
        ("[apps.shop]\nshards = 0", "apps.shop.shards"),
        ("[apps.Shop]", "apps.Shop"),
        ("[apps.operator]", "apps"),
        ("apps.other = 3", "apps.other"),
        ("[nonsense]", "nonsense"),
    ],
)
def test_a_fault_of_one_section_hides_none_of_another(general: str, field: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(f"{general}\n[apps.shop.huawei]\napp_id = '1'\n[apps.shop.nokia]\n", "utf-8")
    result = runner.invoke(app, ["check", "--config", str(file)], env={"PUSHGATE_SCHEDULER__LEASE": "PT2H"})
    assert result.exit_code == 2
    lines = {line.split(":")[0].strip() for line in result.output.splitlines()}
    wanted = {field, "scheduler.lease", "apps.shop.huawei", "apps.shop.nokia"}
    assert {name for name in wanted if any(name in line for line in lines)} == wanted


@pytest.mark.parametrize("option", ["--empty", "--no-reports"])
def test_options_of_the_demo_app_are_refused_where_it_does_not_run(option: str, tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("[apps.shop]\n", "utf-8")
    result = runner.invoke(app, ["up", option, "--config", str(file), "--data", str(tmp_path / "data")])
    assert result.exit_code == 2
    assert "demo app" in result.output
    assert not list((tmp_path / "data").glob("*.toml"))


def test_a_variable_that_cannot_be_read_hides_no_vendor(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("[worker]\nvendors = ['nokia']\n[apps.shop.huawei]\napp_id = '1'\n", "utf-8")
    result = runner.invoke(app, ["check", "--config", str(file)], env={"PUSHGATE_API": "{"})
    assert result.exit_code == 2
    for field in ("environment", "worker.vendors", "apps.shop.huawei"):
        assert field in result.output


def test_keys_are_made_for_known_apps_and_scopes_only(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("[apps.shop]\n", "utf-8")
    for arguments, expected in (
        (["--app", "shop", "--scopes", "fly"], "push, read"),
        ([], "shop"),
        (["--app", "shop", "--scopes", "operator"], "stands alone"),
        (["--scopes", "operator,read"], "stands alone"),
    ):
        result = runner.invoke(app, ["keys", "create", "--config", str(file), *arguments])
        assert result.exit_code == 2
        assert expected in result.output


def test_a_data_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    result = runner.invoke(app, ["up", "--data", str(tmp_path / "file" / "data")])
    assert result.exit_code == 1
    assert "Not a directory" in result.output


def test_an_engine_out_of_reach_is_reported_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("[redis]\nurl = 'redis://127.0.0.1:1/0'\n[apps.shop]\n", "utf-8")
    result = runner.invoke(app, ["keys", "create", "--app", "shop", "--config", str(file)])
    assert result.exit_code == 7
    assert "Redis does not answer" in result.output
    checked = runner.invoke(app, ["check", "--config", str(file)])
    assert checked.exit_code == 1
    assert "Redis does not answer" in checked.output


@pytest.mark.parametrize("command", ["up", "check"])
def test_faults_of_a_vendor_are_reported_before_anything_starts(command: str, tmp_path: Path) -> None:
    """Otherwise `up` would restart its processes again and again, all of which would die."""
    file = tmp_path / "p.toml"
    section = {
        "endpoint": "https://127.0.0.1:99999",
        "vapid_key_file": "[/x].pem",
        "subject": "mailto:a@b.example",
    }
    lines = [f'{name} = "{value}"' for name, value in section.items() if name != "endpoint"]
    huawei = f'[apps.shop.huawei]\napp_id = "1"\napp_secret = "s"\nendpoint = "{section["endpoint"]}"\n'
    engines = "[redis]\nurl = 'redis://127.0.0.1:1/0'\n[gearman]\nservers = ['127.0.0.1:1']\n"
    file.write_text(engines + huawei + "[apps.shop.webpush]\n" + "\n".join(lines) + "\n", "utf-8")
    folder = ["--data", str(tmp_path / "data")] if command == "up" else []
    result = runner.invoke(app, [command, "--config", str(file), *folder])
    assert result.exit_code in (1, 2)
    assert "apps.shop.huawei.endpoint" in result.output
    assert "port" in result.output
    assert "[/x].pem cannot be read" in result.output
    assert "Traceback" not in result.output


def test_receipt_addresses_need_a_base_url(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("[apps.shop]\n", "utf-8")
    for arguments, expected in (([], "api.public_url"), (["--base", "nonsense"], "--base")):
        result = runner.invoke(app, ["receipts", "--config", str(file), *arguments])
        assert (result.exit_code, expected in result.output) == (2, True), result.output


@pytest.mark.parametrize(
    ("configuration", "kind", "code", "expected"),
    [
        ("", ["worker"], 2, "metrics.port: is 0"),
        ("", ["scheduler"], 2, "metrics.port: is 0"),
        ("[api]\nport = 0\n", ["api"], 2, "api.port: is 0"),
        ("", ["cook"], 2, "api, scheduler, worker"),
        ("[metrics]\nport = 1\n", ["worker"], 1, "nothing alive answers at 127.0.0.1:1"),
        ("[api]\nport = 1\n[metrics]\nport = 2\n", [], 1, "127.0.0.1:1, 127.0.0.1:2"),
        ('[api]\nhost = "0.0.0.0"\nport = 1\n', ["api"], 1, "127.0.0.1:1"),
    ],
)
def test_a_process_that_is_not_alive_is_reported(
    configuration: str, kind: list[str], code: int, expected: str, tmp_path: Path
) -> None:
    file = tmp_path / "p.toml"
    file.write_text(configuration, "utf-8")
    result = runner.invoke(app, ["alive", *kind, "--config", str(file)])
    assert (result.exit_code, expected in result.output) == (code, True), result.output


def test_a_new_master_key_is_printed_or_written_where_no_file_is(tmp_path: Path) -> None:
    printed = runner.invoke(app, ["secrets", "new-key"])
    assert MasterKeys.parse(printed.output).first
    file = tmp_path / "master.key"
    written = runner.invoke(app, ["secrets", "new-key", str(file)])
    key = file.read_text("utf-8")
    assert MasterKeys.parse(key).first_id.hex() in written.output
    assert key.strip() not in written.output
    assert file.stat().st_mode & 0o077 == 0
    again = runner.invoke(app, ["secrets", "new-key", str(file)])
    assert (again.exit_code, "File exists" in again.output) == (1, True)
    assert file.read_text("utf-8") == key, "a key in use is never overwritten"


def test_resealing_needs_a_master_key(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("[redis]\nurl = 'redis://127.0.0.1:1/0'\n", "utf-8")
    result = runner.invoke(app, ["secrets", "reseal", "--config", str(file)])
    assert result.exit_code == ExitCode.CONFLICT
    assert "pushgate secrets new-key" in result.output


def test_the_overlap_of_callback_keys_is_a_duration(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("", "utf-8")
    result = runner.invoke(app, ["receipts", "rotate", "--overlap", "soon", "--config", str(file)])
    assert (result.exit_code, "--overlap" in result.output) == (2, True)
