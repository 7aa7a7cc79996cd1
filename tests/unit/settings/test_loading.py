"""The configuration: a file, overridden by the environment; every error named by field."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.apps import open_adapters

from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import ConfigurationError
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings.loading import load, parse


def fields(text: str, tmp_path: Path) -> set[str]:
    """The fields that the error names."""
    file = tmp_path / "pushgate.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        open_adapters(load(file), SystemClock(), NoCredentialStore(), CallbackTokens(b""))
    return {fault.field for fault in caught.value.errors}


def test_without_configuration_defaults_apply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load()
    assert settings.redis.url == "redis://127.0.0.1:6379/0"
    assert settings.gearman.servers == ("127.0.0.1:4730",)
    assert settings.retention == timedelta(days=30)


def test_what_was_read_without_a_file_can_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load()
    assert load(settings.file) == settings


def test_the_file_of_the_working_directory_is_read_again_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pushgate.toml").write_text("[api]\nport = 1\n", "utf-8")
    settings = load()
    monkeypatch.chdir("/")
    assert load(settings.file).api.port == 1


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pushgate.toml"
    file.write_text('[redis]\nurl = "redis://file/0"\nmax_connections = 9\n[api]\nport = 1\n', "utf-8")
    monkeypatch.setenv("PUSHGATE_CONFIG", str(file))
    monkeypatch.setenv("PUSHGATE_REDIS__URL", "redis://environment/0")
    monkeypatch.setenv("PUSHGATE_GEARMAN__SERVERS", "a:1, b:2")
    settings = load()
    assert (settings.redis.url, settings.redis.max_connections, settings.api.port) == (
        "redis://environment/0",
        9,
        1,
    )
    assert settings.gearman.servers == ("a:1", "b:2")


def test_relative_paths_are_beside_the_configuration_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    file = tmp_path / "etc" / "pushgate.toml"
    file.write_text(
        "[secrets]\nkey_file = 'master.key'\n[apps.shop.apns]\nkey_file = '../a.p8'\nca_file = '/ca.pem'\n",
        "utf-8",
    )
    monkeypatch.chdir(tmp_path)
    settings = load(Path("etc/pushgate.toml"))
    assert settings.secrets.key_file == tmp_path / "etc" / "master.key"
    assert settings.apps["shop"].vendors["apns"] == {
        "key_file": str(tmp_path / "etc" / "../a.p8"),
        "ca_file": "/ca.pem",
    }


def test_a_relative_path_in_the_environment_is_below_the_working_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUSHGATE_SECRETS__KEY_FILE", "master.key")
    assert parse({}).secrets.key_file == Path("master.key")
    monkeypatch.setenv("PUSHGATE_SECRETS__KEY", "")
    assert parse({}).secrets.key is None, "an empty variable sets nothing"


def test_a_file_that_is_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[redis]\nulr = 1", {"redis.ulr"}),
        ("[gearman]\nservers = ['nowhere']", {"gearman.servers"}),
        ("[gearman]\nservers = []", {"gearman.servers"}),
        ("[api]\nport = 99999\nhots = 'x'", {"api.port", "api.hots"}),
        ("colour = 'red'", {"colour"}),
        ("[apps.'No Good']", {"apps.No Good.[key]"}),
        ("[apps.shop]\nshards = 0", {"apps.shop.shards"}),
        ("[apps.shop]\ndefault_language = 'klingonese'", {"apps.shop.default_language"}),
        ("[apps.shop.nokia]\nx = 1", {"apps.shop.nokia"}),
        ("[apps.shop]\ndefault_langauge = 'en'", {"apps.shop.default_langauge"}),
        (
            "[apps.shop.apns]\nteam_id = 'T'",
            {"apps.shop.apns.key_id", "apps.shop.apns.key_file", "apps.shop.apns.topic"},
        ),
        (
            "[apps.shop.apns]\nteam_id='T'\nkey_id='K'\ntopic='t'\ncertificate_file='push.pem'",
            {"apps.shop.apns.team_id", "apps.shop.apns.key_id"},
        ),
        (
            "[apps.shop.apns]\ntopic='t'\ncertificate_file='/nowhere.pem'",
            {"apps.shop.apns.certificate_file"},
        ),
        (
            "[apps.shop.xiaomi]\napp_secret='s'\npackage='p'\nproxy='https://proxy:1'",
            {"apps.shop.xiaomi.proxy"},
        ),
        (
            "[apps.shop.apns]\nteam_id='T'\nkey_id='K'\ntopic='t'\nkey_file='/nowhere.p8'",
            {"apps.shop.apns.key_file"},
        ),
        ("[apps.shop.fcm]\nservice_account_file='/nowhere.json'", {"apps.shop.fcm.service_account_file"}),
        ("[apps.shop.huawei]\napp_id='a b'\napp_secret='s'", {"apps.shop.huawei.app_id"}),
        ("[apps.shop.xiaomi]\npackage='p'\napp_secret='s'\nregion='moon'", {"apps.shop.xiaomi.region"}),
        ("[redis]\nurl = 'http://:hunter2@host'", {"redis.url"}),
        ("[redis]\nurl = 'redis://:pa#ss@host:6379'", {"redis.url"}),
        (
            "[apps.shop.xiaomi]\npackage='p'\napp_secret='s'\nendpoint='http://far.example.com'",
            {"apps.shop.xiaomi.endpoint"},
        ),
        ("[apps.shop.xiaomi]\npackage='p'\napp_secret='s'\nendpoint='nohost'", {"apps.shop.xiaomi.endpoint"}),
        (
            "[apps.shop.xiaomi]\npackage='p'\napp_secret='s'\nca_file='/nowhere.pem'",
            {"apps.shop.xiaomi.ca_file"},
        ),
        ("[apps.shop.xiaomi]\npackage='p'\napp_secret='s'\nproxy='nohost:1'", {"apps.shop.xiaomi.proxy"}),
        ("[secrets]\nkey='a'\nkey_file='b'", {"secrets.key_file"}),
        ("not toml", None),
    ],
)
def test_every_error_is_named_by_its_field(text: str, expected: set[str] | None, tmp_path: Path) -> None:
    expected = expected or {str(tmp_path / "pushgate.toml")}
    assert fields(text, tmp_path) == expected


def test_a_variable_that_is_no_json_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUSHGATE_APPS", "{bad")
    with pytest.raises(ConfigurationError, match="PUSHGATE_"):
        parse({})
