"""Which server a command calls: profiles, variables, the folder of `pushgate up`."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pushgate.cli.client.command_errors import CommandError
from pushgate.cli.client.local_folder import local_server
from pushgate.cli.client.profile_file import (
    Profile,
    Profiles,
    profile_file,
    read_profiles,
    write_profiles,
)
from pushgate.cli.client.server import find_server
from pushgate.cli.main import app

LOOPBACK = 'host = "127.0.0.1"\nport = 8080'
PROD = Profile(url="https://push.example.com", key="pg_app", operator_key="pg_operator")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No server of whoever runs the tests."""
    for name in ("PUSHGATE_URL", "PUSHGATE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


def write_folder(api: str = LOOPBACK, *apps: str) -> Path:
    folder = Path(".pushgate")
    folder.mkdir()
    sections = "".join(f"[apps.{name}]\n" for name in apps)
    (folder / "run.toml").write_text(f"[api]\n{api}\n{sections}", "utf-8")
    for name in (*apps, "operator", "master"):
        (folder / f"{name}.key").write_text(f"key-of-{name}\n", "utf-8")
    return folder


def test_profiles_are_kept_where_their_owner_alone_may_read_them() -> None:
    write_profiles(Profiles(by_name={"prod": PROD}, current="prod"))
    assert read_profiles() == Profiles(by_name={"prod": PROD}, current="prod")
    assert profile_file().stat().st_mode & 0o777 == 0o600
    assert profile_file().parent.stat().st_mode & 0o777 == 0o700
    assert list(profile_file().parent.iterdir()) == [profile_file()]


def test_a_file_that_others_may_read_is_refused() -> None:
    write_profiles(Profiles(by_name={"prod": PROD}))
    profile_file().chmod(0o644)
    with pytest.raises(CommandError, match="others may read it"):
        read_profiles()


@pytest.mark.parametrize(
    "text", ["profiles = 3", "[profiles.a]\nkey = 'x'", "[profiles.a]\nurl = 'u'\nport = 3", "x ="]
)
def test_a_file_that_is_not_right_is_named(text: str) -> None:
    profile_file().parent.mkdir(parents=True)
    profile_file().write_text(text, "utf-8")
    profile_file().chmod(0o600)
    with pytest.raises(CommandError, match=str(profile_file())):
        read_profiles()


def test_a_profile_goes_before_variables_and_those_before_the_profile_in_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_folder(LOOPBACK, "demo")
    assert find_server(None, operator=False).url == "http://127.0.0.1:8080"
    write_profiles(Profiles(by_name={"prod": PROD, "test": Profile(url="http://test")}, current="prod"))
    assert find_server(None, operator=False).key == "pg_app"
    assert find_server(None, operator=True).key == "pg_operator"
    monkeypatch.setenv("PUSHGATE_URL", "http://other")
    monkeypatch.setenv("PUSHGATE_KEY", "pg_other")
    assert find_server(None, operator=True).key == "pg_other"
    assert find_server("test", operator=False).url == "http://test"


def test_a_key_is_not_sent_to_a_server_that_it_may_not_be_for(monkeypatch: pytest.MonkeyPatch) -> None:
    write_profiles(Profiles(by_name={"prod": PROD}, current="prod"))
    monkeypatch.setenv("PUSHGATE_KEY", "pg_other")
    with pytest.raises(CommandError, match="PUSHGATE_URL is not"):
        find_server(None, operator=False)


def test_the_folder_of_up_has_the_keys_of_its_app_and_of_the_operator() -> None:
    write_folder('host = "0.0.0.0"\nport = 9000', "shop")
    found = local_server()
    assert found is not None
    assert found.app == "shop"
    assert found.profile == Profile(
        url="http://127.0.0.1:9000", key="key-of-shop", operator_key="key-of-operator"
    )


@pytest.mark.parametrize(
    "api", ['host = "10.0.0.5"\nport = 80', 'host = "evil.example"\nport = 80', 'port = "x"', "="]
)
def test_a_folder_leads_to_this_machine_alone(api: str) -> None:
    write_folder(api, "shop")
    assert local_server() is None


def test_a_folder_that_others_may_write_to_is_left_alone() -> None:
    write_folder(LOOPBACK, "shop").chmod(0o777)
    assert local_server() is None


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a folder away")
def test_a_folder_of_somebody_else_is_left_alone() -> None:
    os.chown(write_folder(LOOPBACK, "shop"), 65534, -1)
    assert local_server() is None


def test_the_key_that_may_do_everything_in_the_app_is_taken() -> None:
    (write_folder(LOOPBACK, "shop") / "shop.admin.key").write_text("key-of-admin", "utf-8")
    found = local_server()
    assert found is not None
    assert found.profile.key == "key-of-admin"


def test_several_apps_have_to_be_chosen_from() -> None:
    write_folder(LOOPBACK, "shop", "blog")
    with pytest.raises(CommandError, match="shop, blog"):
        local_server()


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


@pytest.mark.parametrize("command", ["status", "messages list", "send --title a --body b --all", "keys list"])
def test_without_a_server_a_command_says_what_to_set(command: str) -> None:
    result = run(*command.split())
    assert result.exit_code == 2
    for part in ("make run", "PUSHGATE_URL", "pushgate profiles add"):
        assert part in result.stderr


def test_profiles_are_listed_without_keys_and_removed() -> None:
    write_profiles(Profiles(by_name={"prod": PROD, "test": Profile(url="http://test")}, current="test"))
    assert "pg_" not in run("profiles", "list").output
    assert run("profiles", "use", "prod").exit_code == 0
    assert run("profiles", "use", "nope").exit_code == 2
    assert run("profiles", "remove", "prod").exit_code == 0
    assert read_profiles() == Profiles(by_name={"test": Profile(url="http://test")}, current="")


def test_a_server_that_does_not_answer_is_not_added() -> None:
    result = run("profiles", "add", "prod", "--url", "http://127.0.0.1:9", stdin="pg_x\n")
    assert result.exit_code == 7
    assert read_profiles() == Profiles()


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (["a b", "--url", "http://x"], "k"),
        (["prod"], "k"),
        (["prod", "--url", "x"], "k"),
        (["prod", "--url", "http://x"], ""),
    ],
)
def test_a_profile_needs_a_name_an_address_and_a_key(arguments: list[str], stdin: str) -> None:
    assert run("profiles", "add", *arguments, stdin=stdin).exit_code == 2
