"""Pushes with a vendor's own options.

Each name begins with the vendor's and names a golden file.
"""

from tests.support.adapters.pushes import (
    apns,
    fcm,
    harmony,
    honor,
    huawei,
    meizu,
    oppo,
    vivo,
    webpush,
    xiaomi,
)

PUSHES_WITH_OPTIONS = {
    **apns.PUSHES,
    **fcm.PUSHES,
    **huawei.PUSHES,
    **harmony.PUSHES,
    **honor.PUSHES,
    **meizu.PUSHES,
    **oppo.PUSHES,
    **vivo.PUSHES,
    **webpush.PUSHES,
    **xiaomi.PUSHES,
}
