"""Every code of VENDORS.md, answered by the simulated vendor over a real socket, and what the adapter makes of it."""

import pytest
from tests.integration.sandbox import Sandbox
from tests.integration.vendors.test_adapters import SEND, sent, token
from tests.unit.adapters.test_answers import APNS, HARMONY, HUAWEI, XIAOMI, A, Expected, X

from pushgate.adapters.contract import Adapter
from pushgate.errors import VendorRefused, VendorThrottled, VendorUnavailable

# Of no single answer, or not told by the sandbox: success, partial success, and codes that are in no document.
_LEFT_OUT = {"80000000", "0", "89999999", "SomethingNew", "99999"}
HONOR: list[tuple[str, Expected]] = [  # VENDORS 7.3
    ("401", VendorRefused),
    ("429", VendorThrottled),
    ("500", VendorUnavailable),
    ("access_token", VendorRefused),
    ("flow_control", VendorThrottled),
    ("40003", X),
    ("400", X),
]
CASES: dict[tuple[str, str], Expected] = {
    **{("apns", reason): expected for _, reason, expected in APNS},
    **{("huawei", code): expected for _, code, expected in HUAWEI},
    **{("harmony", code): expected for _, code, expected in HARMONY},
    **{("xiaomi", code): expected for code, expected in XIAOMI},
    **{("honor", code): expected for code, expected in HONOR},
}


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        (vendor, code)
        for (vendor, code), expected in CASES.items()
        if expected is not A and code not in _LEFT_OUT
    ],
)
async def test_every_code(vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    sandbox.misbehave({"vendor": vendor, "error": code, "path": "send" if vendor in SEND else None})
    verdicts, error = await sent(adapters[vendor], [token(1)])
    answered = [item for item in sandbox.received(vendor=vendor) if item["code"] == code]
    assert answered, "the simulated vendor has the code too"
    assert CASES[vendor, code] == (type(error) if error else verdicts[0].outcome)
    if not error:
        assert verdicts[0].code == code or vendor == "honor"
