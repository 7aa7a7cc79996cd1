"""Credentials of simulated vendors survive a restart, and only their owner can read them."""

import json
from pathlib import Path

from cryptography import x509

from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import app_sections
from pushgate.sandbox.simulated_vendor import SandboxContext
from pushgate.sandbox.vendors.apns import Apns
from pushgate.sandbox.vendors.fcm import Fcm
from pushgate.sandbox.vendors.huawei import Huawei


def test_are_created_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    first = SandboxContext(Credentials(folder, "https://127.0.0.1:1"))
    secret, key = Huawei(first).app_secret, Apns(first).key_file.read_bytes()
    private_key = json.loads(Fcm(first).account_file.read_text("utf-8"))["private_key"]
    again = SandboxContext(Credentials(folder, "https://127.0.0.1:2"))
    assert (Huawei(again).app_secret, Apns(again).key_file.read_bytes()) == (secret, key)
    account = json.loads(Fcm(again).account_file.read_text("utf-8"))
    assert account["token_uri"] == "https://127.0.0.1:2/token"
    assert account["private_key"] == private_key


def test_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path / "c", "https://127.0.0.1:1")
    app_sections(credentials)
    secrets = {"apns.p8", "fcm.json", "harmony.json", "names.json", "server.key", "vapid.pem"}
    assert {file.name for file in (tmp_path / "c").iterdir()} == secrets | {"ca.pem", "server.pem"}
    for name in secrets:
        assert credentials.file(name).stat().st_mode & 0o077 == 0


def test_the_certificate_is_for_the_name_that_others_reach_the_sandbox_by(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    Credentials(folder, "https://127.0.0.1:1")
    names = _names_of(Credentials(folder, "https://sandbox.internal:1"))
    assert names == ["localhost", "127.0.0.1", "::1", "sandbox.internal"]
    assert _names_of(Credentials(folder, "https://127.0.0.1:1")) == names, "it is right for loopback too"
    assert "10.0.0.7" in _names_of(Credentials(folder, "https://10.0.0.7:1"))


def _names_of(credentials: Credentials) -> list[str]:
    certificate = x509.load_pem_x509_certificate(credentials.certificate_file.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]
