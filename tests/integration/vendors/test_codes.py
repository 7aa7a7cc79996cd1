"""Every code of VENDORS.md, answered by the simulated vendor over a real socket, and what the adapter makes of it."""

import pytest
from tests.integration.sandbox import Sandbox
from tests.integration.vendors.test_adapters import SINGLE, addressed, sent, token
from tests.unit.adapters.test_answers import APNS, HARMONY, HUAWEI, XIAOMI, A, Expected, I, R, X

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
OPPO: list[tuple[str, Expected]] = [  # VENDORS 8.3; of one notification they are in the unit tests
    ("10000", I),
    ("32", A),
    *[
        (code, X)
        for code in ["40", "41", "12", "20", "21", "22", "23", "24", "25", "31", "34", "51", "59", "67"]
    ],
    ("-1", VendorUnavailable),
    ("500", VendorUnavailable),
    *[(code, VendorThrottled) for code in ["-2", "55", "13", "33"]],
    *[
        (code, VendorRefused)
        for code in ["11", "29", "14", "15", "16", "17", "18", "19", "26", "27", "28", "30", "54"]
    ],
]
VIVO: list[tuple[str, Expected]] = [  # VENDORS 9.3
    ("10302", I),
    ("10000", VendorRefused),
    ("10045", VendorRefused),
    ("10094", VendorRefused),
    *[(code, VendorThrottled) for code in ["10072", "10093", "10070", "10252", "10254"]],
    ("10096", X),
    ("10097", X),
    ("10102", VendorUnavailable),
    ("500", VendorUnavailable),
]
MEIZU: list[tuple[str, Expected]] = [  # VENDORS 10.2
    *[(code, VendorUnavailable) for code in ["300", "500", "1001", "1003"]],
    *[(code, VendorThrottled) for code in ["110010", "110019", "110051", "110053"]],
    *[(code, X) for code in ["1005", "110004", "110032"]],
    *[(code, I) for code in ["110002", "110003"]],
    *[(code, VendorRefused) for code in ["1006", "110000", "110001", "110009", "110031", "110033"]],
]
WEBPUSH: list[tuple[str, Expected]] = [  # VENDORS 11.4
    *[(code, I) for code in ["404", "410", "errno_102", "errno_103", "errno_105", "errno_106"]],
    *[(code, X) for code in ["400", "413", "301", "307", "308", "errno_104"]],
    *[(code, X) for code in ["errno_110", "errno_111", "errno_112", "errno_113"]],
    *[(code, VendorRefused) for code in ["401", "403", "errno_109"]],
    # What is wrong with one push service puts off its own subscriptions alone.
    *[(code, R) for code in ["429", "errno_201", "500", "502", "503", "504", "errno_999"]],
    *[(code, R) for code in ["errno_202", "errno_900", "errno_901", "errno_902", "errno_903"]],
]
CASES: dict[tuple[str, str], Expected] = {
    **{("apns", reason): expected for _, reason, expected in APNS},
    **{("huawei", code): expected for _, code, expected in HUAWEI},
    **{("harmony", code): expected for _, code, expected in HARMONY},
    **{("xiaomi", code): expected for code, expected in XIAOMI},
    **{("honor", code): expected for code, expected in HONOR},
    **{("meizu", code): expected for code, expected in MEIZU},
    **{("oppo", code): expected for code, expected in OPPO},
    **{("vivo", code): expected for code, expected in VIVO},
    **{("webpush", code): expected for code, expected in WEBPUSH},
}


@pytest.mark.parametrize(
    ("vendor", "code"),
    [(vendor, code) for (vendor, code), expected in CASES.items() if code not in _LEFT_OUT],
)
async def test_every_code(vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    sandbox.misbehave({"vendor": vendor, "error": code, "path": SINGLE.get(vendor)})
    verdicts, error = await sent(adapters[vendor], addressed(sandbox, vendor, [token(1)]))
    answered = [item for item in sandbox.received(vendor=vendor) if item["code"] == code]
    assert answered, "the simulated vendor has the code too"
    assert CASES[vendor, code] == (type(error) if error else verdicts[0].outcome)
    if not error:
        # Honor's codes are not known; Mozilla's 999 says that it knows no better than its status.
        assert verdicts[0].code == code or vendor == "honor" or code == "errno_999"
