"""A digest of the settings that all processes of an installation must have in common: apps of the
file, and settings that affect how messages are handled.
"""

import hashlib
import hmac

import msgspec

from pushgate.apps.live_apps import LiveApps
from pushgate.settings.model import Settings

_DIGITS = 16


def digest_of_configuration(settings: Settings, apps: LiveApps, store_id: str) -> str:
    """The digest, keyed by the store, so that nobody can guess a setting by it elsewhere."""
    common = {
        "retention": settings.retention.total_seconds(),
        "content_retention": str(settings.content_retention),
        "public_url": settings.api.public_url,
        "apps": {
            name: {
                "settings": configured.settings.model_dump(mode="json"),
                "vendors": {vendor: found.digest for vendor, found in sorted(configured.vendors.items())},
            }
            for name, configured in sorted(apps.filed.items())
        },
    }
    return hmac.new(store_id.encode(), msgspec.json.encode(common), hashlib.sha256).hexdigest()[:_DIGITS]
