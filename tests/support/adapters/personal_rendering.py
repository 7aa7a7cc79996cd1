"""The bytes that hold a push's content, as each vendor's adapter renders them."""

from collections.abc import Callable

from msgspec.structs import replace
from tests.support.adapters.rendering import (
    HARMONY_SETTINGS,
    HONOR_SETTINGS,
    HUAWEI_SETTINGS,
    MEIZU_SETTINGS,
    OPPO_SETTINGS,
    RECEIPTS,
    SETTINGS,
    VIVO_SETTINGS,
)
from tests.support.adapters.samples import NOW

from pushgate.adapters.apns import payload as apns
from pushgate.adapters.contract import Push
from pushgate.adapters.fcm import payload as fcm
from pushgate.adapters.harmony import payload as harmony
from pushgate.adapters.honor import payload as honor
from pushgate.adapters.huawei import payload as huawei
from pushgate.adapters.meizu import payload as meizu
from pushgate.adapters.oppo import payload as oppo
from pushgate.adapters.vivo import payload as vivo
from pushgate.adapters.webpush import payload as webpush
from pushgate.adapters.xiaomi import payload as xiaomi
from pushgate.domain.message import Content

BYTES: dict[str, Callable[[Push], bytes]] = {
    "apns": lambda push: apns.render(push, "com.example.demo").body,
    "fcm": lambda push: fcm.render(push, NOW).after,
    "huawei": lambda push: huawei.render(push, HUAWEI_SETTINGS, NOW)[0],
    "harmony": lambda push: harmony.render(push, HARMONY_SETTINGS, NOW)[1],
    "honor": lambda push: honor.render(push, HONOR_SETTINGS, NOW)[0],
    "meizu": lambda push: meizu.render(push, MEIZU_SETTINGS, NOW, RECEIPTS),
    "meizu as a form": lambda push: meizu.form_encoder(
        "1", meizu.render(push, MEIZU_SETTINGS, NOW, RECEIPTS), "s"
    )([]).partition(b"&pushIds")[0],
    "oppo": lambda push: oppo.message_encoder(oppo.render(push, OPPO_SETTINGS, NOW, RECEIPTS))(b"TOKEN"),
    "oppo to many": lambda push: oppo.encode_content(oppo.render(push, OPPO_SETTINGS, NOW, RECEIPTS)),
    "vivo": lambda push: vivo.without_end(vivo.render(push, VIVO_SETTINGS, NOW)),
    "webpush": lambda push: webpush.render(push, NOW).plaintext,
    "xiaomi": lambda push: xiaomi.render(push, SETTINGS, NOW, RECEIPTS),
}
"""The name begins with that of the vendor."""


def renderer(name: str, push: Push) -> Callable[[Content], bytes]:
    """Render the push with other contents."""
    return lambda content: BYTES[name](replace(push, content=content))
