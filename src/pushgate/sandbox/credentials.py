"""Credentials for the simulated vendors: made once, kept in a folder, and the settings an app needs to use them."""

import datetime
import ipaddress
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pushgate.domain.message import Category

_RENEW_BEFORE = datetime.timedelta(days=30)
_LIFE = datetime.timedelta(days=825)
_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the simulated vendors accept, and where the files are."""

    folder: Path
    base_url: str
    team_id: str
    key_id: str
    topic: str
    project_id: str
    client_email: str
    fcm_key_id: str
    huawei_app_id: str
    huawei_secret: str
    xiaomi_package: str
    xiaomi_secret: str
    harmony_project_id: str
    harmony_key_id: str
    harmony_sub_account: str
    honor_app_id: str
    honor_client_id: str
    honor_secret: str
    oppo_app_key: str
    oppo_secret: str
    vivo_app_id: str
    vivo_app_key: str
    vivo_secret: str
    meizu_app_id: str
    meizu_secret: str
    webpush_seed: str

    @property
    def ca_file(self) -> Path:
        """The CA that the vendors' certificate comes from."""
        return self.folder / "ca.pem"

    @property
    def certificate_file(self) -> Path:
        """The vendors' certificate."""
        return self.folder / "server.pem"

    @property
    def key_file(self) -> Path:
        """The certificate's key."""
        return self.folder / "server.key"

    @property
    def apns_key_file(self) -> Path:
        """The app's .p8 key."""
        return self.folder / "apns.p8"

    @property
    def service_account_file(self) -> Path:
        """The app's FCM service account."""
        return self.folder / "fcm.json"

    @property
    def harmony_account_file(self) -> Path:
        """The project's service account for HarmonyOS."""
        return self.folder / "harmony.json"

    @property
    def vapid_key_file(self) -> Path:
        """The app's VAPID key."""
        return self.folder / "vapid.pem"

    def sections(self) -> dict[str, dict[str, object]]:
        """The vendors' sections of an app that uses the sandbox."""
        common = {"endpoint": self.base_url, "ca_file": str(self.ca_file)}
        return {
            "apns": {
                **common,
                "team_id": self.team_id,
                "key_id": self.key_id,
                "key_file": str(self.apns_key_file),
                "topic": self.topic,
            },
            "fcm": {**common, "service_account_file": str(self.service_account_file)},
            "huawei": {
                **common,
                "app_id": self.huawei_app_id,
                "app_secret": self.huawei_secret,
                "token_endpoint": f"{self.base_url}/oauth2/v3/token",
            },
            "xiaomi": {
                **common,
                "package": self.xiaomi_package,
                "app_secret": self.xiaomi_secret,
                "channel_id": "demo",
                "channels": {category.value: f"demo-{category}" for category in Category},
            },
            "harmony": {
                **common,
                "service_account_file": str(self.harmony_account_file),
                "client_id": self.huawei_app_id,
            },
            "honor": {
                **common,
                "app_id": self.honor_app_id,
                "client_id": self.honor_client_id,
                "client_secret": self.honor_secret,
                "token_endpoint": f"{self.base_url}/auth/token",
            },
            "meizu": {**common, "app_id": self.meizu_app_id, "app_secret": self.meizu_secret},
            "oppo": {
                **common,
                "overseas_endpoint": self.base_url,
                "app_key": self.oppo_app_key,
                "master_secret": self.oppo_secret,
            },
            "vivo": {
                **common,
                "app_id": self.vivo_app_id,
                "app_key": self.vivo_app_key,
                "app_secret": self.vivo_secret,
            },
            "webpush": {
                "ca_file": str(self.ca_file),
                "vapid_key_file": str(self.vapid_key_file),
                "subject": "mailto:demo@example.com",
                "hosts": [urlsplit(self.base_url).netloc],
            },
        }


def ensure(folder: Path, base_url: str) -> Credentials:
    """Make what is missing in the folder, keep what is there; `base_url` is where the vendors listen."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = _names(folder / "names.json")
    credentials = Credentials(folder.resolve(), base_url.rstrip("/"), **names)
    for file in (credentials.apns_key_file, credentials.vapid_key_file):
        if not file.exists():
            _write_key(file, ec.generate_private_key(ec.SECP256R1()))
    _service_account(credentials)
    _harmony_account(credentials)
    if not _certificate_holds(credentials.certificate_file):
        _certificates(credentials)
    return credentials


def _names(file: Path) -> dict[str, str]:
    names = {
        "team_id": "SANDBOXTEA",
        "key_id": secrets.token_hex(5).upper(),
        "topic": "com.example.demo",
        "project_id": "demo-project",
        "client_email": "demo@demo-project.iam.gserviceaccount.com",
        "fcm_key_id": secrets.token_hex(20),
        "huawei_app_id": str(secrets.randbelow(900_000_000) + 100_000_000),
        "huawei_secret": secrets.token_hex(32),
        "xiaomi_package": "com.example.demo",
        "xiaomi_secret": secrets.token_urlsafe(16),
        "harmony_project_id": str(secrets.randbelow(9 * 10**17) + 10**17),
        "harmony_key_id": secrets.token_hex(16),
        "harmony_sub_account": str(secrets.randbelow(9 * 10**8) + 10**8),
        "honor_app_id": str(secrets.randbelow(900_000_000) + 100_000_000),
        "honor_client_id": secrets.token_hex(16),
        "honor_secret": secrets.token_urlsafe(24),
        "oppo_app_key": secrets.token_hex(16),
        "oppo_secret": secrets.token_hex(16),
        "vivo_app_id": str(secrets.randbelow(900_000) + 100_000),
        "vivo_app_key": secrets.token_hex(16),
        "vivo_secret": secrets.token_hex(16),
        "meizu_app_id": str(secrets.randbelow(900_000) + 100_000),
        "meizu_secret": secrets.token_hex(16),
        "webpush_seed": secrets.token_hex(32),
    }
    if file.exists():
        # A folder from before a vendor was added keeps what it has.
        names |= json.loads(file.read_text("utf-8"))
    _write(file, json.dumps(names, indent=1).encode())
    return names


def _service_account(credentials: Credentials) -> None:
    file = credentials.service_account_file
    known = json.loads(file.read_text("utf-8")) if file.exists() else {}
    token_uri = f"{credentials.base_url}/token"
    if known.get("token_uri") == token_uri:
        return
    key = known.get("private_key") or _pem(rsa.generate_private_key(65537, 2048)).decode()
    account = {
        "type": "service_account",
        "project_id": credentials.project_id,
        "private_key_id": credentials.fcm_key_id,
        "private_key": key,
        "client_email": credentials.client_email,
        "token_uri": token_uri,
    }
    _write(file, json.dumps(account, indent=1).encode())


def _harmony_account(credentials: Credentials) -> None:
    file = credentials.harmony_account_file
    if not file.exists():
        account = {
            "project_id": credentials.harmony_project_id,
            "key_id": credentials.harmony_key_id,
            "private_key": _pem(rsa.generate_private_key(65537, 3072)).decode(),
            "sub_account": credentials.harmony_sub_account,
            "token_uri": "https://oauth-login.cloud.huawei.com/oauth2/v3/token",
        }
        _write(file, json.dumps(account, indent=1).encode())


def _certificate_holds(file: Path) -> bool:
    if not file.exists():
        return False
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    return certificate.not_valid_after_utc - datetime.datetime.now(datetime.UTC) > _RENEW_BEFORE


def _certificates(credentials: Credentials) -> None:
    """A CA of our own and a certificate for this machine's loopback names."""
    now = datetime.datetime.now(datetime.UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Pushgate sandbox CA")])

    def build(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + _LIFE)
        )

    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    ca = (
        build(ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )  # fmt: skip
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    server = (
        build(subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(authority, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _write_key(credentials.key_file, key)
    credentials.ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    credentials.certificate_file.write_bytes(server.public_bytes(serialization.Encoding.PEM))


def _pem(key: _Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_key(file: Path, key: _Key) -> None:
    _write(file, _pem(key))


def _write(file: Path, content: bytes) -> None:
    """Readable by us alone, and whole or not at all."""
    partial = file.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
    partial.rename(file)
