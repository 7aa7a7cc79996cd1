"""The sandbox writes a configuration with an app that uses it."""

from pathlib import Path

from pushgate.processes.configuration import load
from pushgate.sandbox.app_file import write_app_file
from pushgate.sandbox.credentials import Credentials


def test_a_configuration_has_an_app_with_all_simulated_vendors(tmp_path: Path) -> None:
    file = tmp_path / "new" / "pushgate.toml"
    write_app_file(file, Credentials(tmp_path / "c", "https://sandbox.internal:8091"))
    app = load(file).apps["demo"].model_dump()
    assert len(app.keys() & {"apns", "fcm", "huawei", "webpush", "xiaomi"}) == 5
    assert app["fcm"]["service_account_file"] == str(tmp_path / "c" / "fcm.json")
    assert file.stat().st_mode & 0o077 == 0, "it has secrets in it"
