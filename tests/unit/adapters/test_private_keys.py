"""Private keys come from whoever may set an app's vendors: none holds a process up."""

import time

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateNumbers,
    RSAPublicNumbers,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pushgate.adapters.fcm import service_account
from pushgate.adapters.private_keys import load_private_key
from pushgate.adapters.push_kit_service_account import ServiceAccount
from pushgate.domain.errors import ConfigurationError


def rsa_key(first: int, second: int) -> str:
    """The PEM of a valid key of two Mersenne primes, whose exponents are given."""
    p, q = 2**second - 1, 2**first - 1
    d = pow(65537, -1, (p - 1) * (q - 1))
    numbers = RSAPrivateNumbers(
        p, q, d, rsa_crt_dmp1(d, p), rsa_crt_dmq1(d, q), rsa_crt_iqmp(p, q), RSAPublicNumbers(65537, p * q)
    )
    key = numbers.private_key(unsafe_skip_rsa_key_validation=True)  # which takes long
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def account(pem: str) -> str:
    """A service account that Google's and Huawei's readers both take."""
    names = ("project_id", "client_email", "private_key_id", "key_id", "sub_account")
    return orjson.dumps({**dict.fromkeys(names, "x"), "private_key": pem}).decode()


def test_a_key_of_a_usual_size_is_taken() -> None:
    pem = rsa_key(1279, 2203)
    assert service_account.read_account(account(pem)).private_key == pem
    assert ServiceAccount.read(account(pem)).key.key_size == 1279 + 2203


@pytest.mark.parametrize("read", [service_account.read_account, ServiceAccount.read], ids=["fcm", "push kit"])
def test_a_key_that_takes_minutes_to_check_is_refused_at_once(read: object) -> None:
    assert callable(read)
    text = account(rsa_key(4253, 4423))
    began_at = time.process_time()
    with pytest.raises(ConfigurationError):
        read(text)
    assert time.process_time() - began_at < 1


@pytest.mark.parametrize(
    "pem", ["", "hunter2", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_not_repeated(pem: str) -> None:
    with pytest.raises(ValueError, match="no private key in PEM") as caught:
        load_private_key(pem)
    assert "hunter2" not in str(caught.value)
