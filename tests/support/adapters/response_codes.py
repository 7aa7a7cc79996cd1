"""Codes of the vendors' documents and the outcome that each must have."""

from pushgate.domain.errors import VendorAuthError, VendorQuotaUsedUp, VendorThrottled, VendorUnavailable
from pushgate.domain.outcome import Outcome

A, I, X, R = Outcome.ACCEPTED, Outcome.INVALID, Outcome.REJECTED, Outcome.RETRY  # noqa: E741  # columns of the tables below
Expected = Outcome | type[Exception]
APNS: list[tuple[int, str, Expected]] = [  # docs/reference/vendors/apns.md#codes
    (400, "BadDeviceToken", I),
    (400, "DeviceTokenNotForTopic", I),
    (400, "MissingDeviceToken", X),
    (400, "BadCollapseId", X),
    (400, "BadExpirationDate", X),
    (400, "BadMessageId", X),
    (400, "BadPriority", X),
    (400, "DuplicateHeaders", X),
    (400, "InvalidPushType", X),
    (400, "PayloadEmpty", X),
    (400, "BadTopic", VendorAuthError),
    (400, "MissingTopic", VendorAuthError),
    (400, "TopicDisallowed", VendorAuthError),
    (400, "IdleTimeout", R),
    (403, "ExpiredProviderToken", VendorAuthError),
    (403, "InvalidProviderToken", VendorAuthError),
    (403, "MissingProviderToken", VendorAuthError),
    (403, "UnrelatedKeyIdInToken", VendorAuthError),
    (403, "BadEnvironmentKeyIdInToken", VendorAuthError),
    (403, "BadEnvironmentKeyInToken", VendorAuthError),
    (403, "BadCertificate", VendorAuthError),
    (403, "BadCertificateEnvironment", VendorAuthError),
    (403, "Forbidden", VendorAuthError),
    (404, "BadPath", VendorAuthError),
    (405, "MethodNotAllowed", VendorAuthError),
    (410, "Unregistered", I),
    (410, "ExpiredToken", I),
    (413, "PayloadTooLarge", X),
    (429, "TooManyRequests", R),
    (429, "TooManyProviderTokenUpdates", VendorThrottled),
    (500, "InternalServerError", R),
    (503, "ServiceUnavailable", VendorUnavailable),
    (503, "Shutdown", VendorUnavailable),
    (400, "SomethingNew", X),
    (410, "SomethingNew", X),
    (503, "SomethingNew", VendorUnavailable),
    (429, "SomethingNew", R),
]
HUAWEI: list[tuple[int, str, Expected]] = [  # docs/reference/vendors/huawei.md#codes
    (200, "80000000", A),
    (200, "80300007", I),
    (400, "80300007", I),
    *[
        (400, code, X)
        for code in ("80100001", "80100003", "80100004", "80100013", "80100002", "80100016", "80100018")
    ],
    (400, "80100017", R),
    (400, "80300008", X),
    (400, "80300010", X),
    (401, "80200001", VendorAuthError),
    (401, "80200003", VendorAuthError),
    (401, "80200005", VendorAuthError),
    *[(400, code, VendorAuthError) for code in ("80300002", "80300011", "80300013")],
    (500, "80600003", VendorUnavailable),
    (500, "81000001", VendorUnavailable),
    (502, "89999999", VendorUnavailable),
    (400, "89999999", X),
]
HARMONY: list[tuple[int, str, Expected]] = [  # docs/reference/vendors/harmony.md#codes
    (200, "80000000", A),
    *[(400, code, X) for code in ("80100001", "80100003", "80100004", "80100022")],
    *[(400, code, X) for code in ("80300008", "80300010", "80300030")],
    (401, "80200001", VendorAuthError),
    (401, "80200005", VendorAuthError),
    *[(400, code, VendorAuthError) for code in ("80300036", "80300002", "80300037")],
    (400, "80300029", VendorThrottled),
    (500, "81000001", VendorUnavailable),
    (502, "89999999", VendorUnavailable),
]
XIAOMI: list[tuple[str, Expected]] = [  # docs/reference/vendors/xiaomi.md#codes
    ("20301", I),
    *[(code, I) for code in ("10029", "65003")],
    *[
        (code, VendorUnavailable)
        for code in ("10001", "10002", "10003", "1", "-1", "20607", "26003", "65029")
    ],
    *[(code, VendorThrottled) for code in ("10027", "26004")],
    *[(code, VendorQuotaUsedUp) for code in ("10034", "200001")],
    ("10037", R),
    *[
        (code, X)
        for code in (
            "10008",
            "10012",
            "10016",
            "10017",
            "21305",
            "65009",
            "65014",
            "65015",
            "65036",
            "65037",
            "65038",
            "65028",
        )
    ],
    *[
        (code, VendorAuthError)
        for code in (
            "21301",
            "21302",
            "21303",
            "10031",
            "10036",
            "22000",
            "22006",
            "22007",
            "22022",
            "22102",
            "26006",
            "27001",
            "66108",
        )
    ],
    ("99999", X),
]
