"""Codes of the simulated vendors and the outcome that each must have."""

from tests.support.adapters.response_codes import APNS, HARMONY, HUAWEI, XIAOMI, A, Expected, I, R, X

from pushgate.domain.errors import (
    VendorAuthError,
    VendorQuotaUsedUp,
    VendorThrottled,
    VendorUnavailable,
)

HONOR: list[tuple[str, Expected]] = [  # docs/reference/vendors/honor.md#codes
    ("401", VendorAuthError),
    ("403", VendorAuthError),
    ("404", VendorAuthError),
    ("429", VendorThrottled),
    ("500", VendorUnavailable),
    ("80300007", I),
    ("80100001", X),
    *[(code, VendorAuthError) for code in ["80200001", "80200003", "80200005"]],
    *[(code, VendorAuthError) for code in ["80300002", "80300011", "80300013"]],
    ("80100017", R),
    *[(code, VendorUnavailable) for code in ["80600003", "81000001"]],
    ("access_token", VendorAuthError),
    ("flow_control", VendorThrottled),
    ("40003", X),
    ("400", X),
]
# docs/reference/vendors/oppo.md#codes; of one notification they are in the unit tests
OPPO: list[tuple[str, Expected]] = [
    ("10000", I),
    ("32", A),
    *[
        (code, X)
        for code in ["40", "41", "12", "20", "21", "22", "23", "24", "25", "31", "34", "51", "59", "67"]
    ],
    ("-1", VendorUnavailable),
    ("500", VendorUnavailable),
    *[(code, VendorThrottled) for code in ["-2", "55"]],
    *[(code, VendorQuotaUsedUp) for code in ["13", "33"]],
    *[
        (code, VendorAuthError)
        for code in ["11", "29", "14", "15", "16", "17", "18", "19", "26", "27", "28", "30", "54"]
    ],
]
VIVO: list[tuple[str, Expected]] = [  # docs/reference/vendors/vivo.md#codes
    ("10302", I),
    ("10000", VendorAuthError),
    ("10045", VendorAuthError),
    ("10094", VendorAuthError),
    *[(code, VendorThrottled) for code in ["10072", "10093"]],
    *[(code, VendorQuotaUsedUp) for code in ["10070", "10252", "10254"]],
    *[(code, X) for code in ["10096", "10097", "10050", "10069", "10071", "10101", "10103"]],
    ("10102", VendorUnavailable),
    ("500", VendorUnavailable),
]
MEIZU: list[tuple[str, Expected]] = [  # docs/reference/vendors/meizu.md#codes
    *[(code, VendorUnavailable) for code in ["300", "500", "1001", "1003"]],
    ("110010", VendorThrottled),
    *[(code, VendorQuotaUsedUp) for code in ["110019", "110051", "110053"]],
    *[(code, X) for code in ["1005", "110004", "110032"]],
    *[(code, I) for code in ["110002", "110003"]],
    *[(code, VendorAuthError) for code in ["1006", "110000", "110001", "110009", "110031", "110033"]],
]
WEBPUSH: list[tuple[str, Expected]] = [  # docs/reference/vendors/webpush.md#codes
    *[(code, I) for code in ["404", "410", "errno_102", "errno_103", "errno_105", "errno_106"]],
    *[(code, X) for code in ["400", "406", "413", "301", "307", "308", "errno_104"]],
    *[(code, X) for code in ["errno_110", "errno_111", "errno_112", "errno_113"]],
    *[(code, VendorAuthError) for code in ["401", "403", "errno_109"]],
    # What is wrong with one push service puts off its own subscriptions alone.
    *[
        (code, R)
        for code in [
            "429",
            "wns_throttled",
            "wns_channel_throttled",
            "errno_201",
            "500",
            "502",
            "503",
            "504",
            "errno_999",
        ]
    ],
    *[(code, R) for code in ["errno_202", "errno_900", "errno_901", "errno_902", "errno_903"]],
]
FCM: list[tuple[str, Expected]] = [
    # docs/reference/vendors/fcm.md#codes; the last two are forms of INVALID_ARGUMENT of a token.
    ("UNREGISTERED", I),
    ("SENDER_ID_MISMATCH", I),
    ("INVALID_ARGUMENT", X),
    ("QUOTA_EXCEEDED", VendorThrottled),
    ("UNAVAILABLE", VendorUnavailable),
    *[(code, R) for code in ["INTERNAL", "UNSPECIFIED_ERROR", "THIRD_PARTY_AUTH_ERROR", "APNS_AUTH_ERROR"]],
    *[(code, VendorAuthError) for code in ["UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND"]],
    ("token_named", I),
    ("token_field", I),
]
CASES: dict[tuple[str, str], Expected] = {
    **{("fcm", code): expected for code, expected in FCM},
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
