"""Of credentials digests and ends of validity are told, never what they are."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pushgate.adapters.content_files import read_contents
from pushgate.adapters.xiaomi.settings import XiaomiSettings
from pushgate.apps.credential_facts import digest_of, expiry_of, facts_of

END = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)


def certificate(end: datetime) -> str:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]),
    )
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=end - timedelta(days=365),
        not_valid_after=end,
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def test_the_first_certificate_to_expire_decides() -> None:
    assert expiry_of(certificate(END + timedelta(days=1)) + certificate(END)) == END
    assert expiry_of("a password") is None
    assert expiry_of("-----BEGIN CERTIFICATE-----\nbroken") is None


def test_a_secret_in_a_file_has_the_fingerprint_of_its_content(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2\n", "utf-8")
    by_file = read_contents(XiaomiSettings.model_validate({"package": "p", "app_secret_file": str(file)}))
    by_content = XiaomiSettings.model_validate({"package": "p", "app_secret": "hunter2"})
    facts = facts_of(by_file)
    assert facts == facts_of(by_content)
    assert list(facts) == ["app_secret"]
    assert digest_of(by_file, facts) == digest_of(by_content, facts)


def test_a_digest_changes_with_each_setting_and_with_a_files_content(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    digests = []
    for content, package in (("a", "p"), ("b", "p"), ("b", "q")):
        file.write_text(content, "utf-8")
        settings = XiaomiSettings.model_validate({"package": package, "app_secret_file": str(file)})
        contents = read_contents(settings)
        digests.append(digest_of(contents, facts_of(contents)))
    assert len(set(digests)) == 3
