"""Apps and vendors' sections <-> JSON. Secrets stay out: fingerprints take their places."""

from collections.abc import Mapping

import orjson
from pydantic import RootModel

from pushgate.api.http import parse
from pushgate.api.mapping.controls import from_pause
from pushgate.api.times import format_instant, format_known
from pushgate.apps.app_document import AppDocument, VendorDocument
from pushgate.apps.catalog import AppSource, ConfiguredApp, ConfiguredVendor
from pushgate.apps.sealed_sections import json_object
from pushgate.fleet.credential_use import CredentialUse
from pushgate.fleet.pause import Pause
from pushgate.settings.apps import AppSettings, public_id_of


def to_object(body: bytes, model: type[RootModel[dict[str, object]]]) -> dict[str, object]:
    """Return the JSON object of a body. Raises UnreadableBody, InvalidRequest."""
    parse(body, model)
    written: dict[str, object] = orjson.loads(body)
    return written


def from_document(document: AppDocument, pause: Pause | None) -> dict[str, object]:
    """Return an app that the API made."""
    settings = AppSettings.model_validate(json_object(document.settings))
    return {
        "app": document.app,
        "source": AppSource.API.value,
        "settings": _shown(document.app, settings),
        "vendors": sorted(document.vendors),
        "revision": document.revision,
        "changed_at": format_instant(document.changed_at),
        "changed_by": document.changed_by,
        "paused": from_pause(pause),
        "deleting_since": format_known(document.deleting_since),
    }


def from_filed(configured: ConfiguredApp, pause: Pause | None) -> dict[str, object]:
    """Return an app of the configuration file."""
    return {
        "app": configured.app.name,
        "source": AppSource.FILE.value,
        "settings": _shown(configured.app.name, configured.settings),
        "vendors": sorted(configured.vendors),
        "revision": None,
        "changed_at": None,
        "changed_by": None,
        "paused": from_pause(pause),
        "deleting_since": None,
    }


def _shown(app: str, settings: AppSettings) -> dict[str, object]:
    """Return settings of an app, with the public id that it has."""
    return settings.model_dump(mode="json") | {"public_id": public_id_of(app, settings)}


def from_vendor(
    app: str,
    vendor: str,
    configured: ConfiguredVendor | None,
    stored: VendorDocument | None,
    use: CredentialUse | None,
    pause: Pause | None,
) -> dict[str, object]:
    """Return a vendor's section. `configured` is None where this process cannot use it, `stored`
    where it is of the configuration file.
    """
    use = use or CredentialUse()
    return {
        "app": app,
        "vendor": vendor,
        "source": (AppSource.API if stored else AppSource.FILE).value,
        "settings": _settings(configured, stored),
        "credentials": _credentials(configured, stored),
        "previous": _previous(stored),
        "paused": from_pause(pause),
        "changed_at": format_known(stored.changed_at) if stored else None,
        "changed_by": stored.changed_by if stored else None,
        "last_used_at": format_known(use.used_at),
        "last_refusal": {
            "at": format_instant(use.refusal.at),
            "code": use.refusal.code,
            "reason": use.refusal.reason,
        }
        if use.refusal
        else None,
    }


def _settings(configured: ConfiguredVendor | None, stored: VendorDocument | None) -> dict[str, object]:
    if stored:
        return json_object(stored.section.settings)
    if configured is None or configured.settings is None:
        return {}
    secret = configured.vendor.secrets
    return configured.settings.model_dump(mode="json", exclude_unset=True, exclude=set(secret))


def _credentials(configured: ConfiguredVendor | None, stored: VendorDocument | None) -> dict[str, object]:
    facts = configured.credentials if configured else {}
    fingerprints: Mapping[str, str] = (
        stored.section.fingerprints if stored else {name: one.fingerprint for name, one in facts.items()}
    )
    return {
        name: {
            "fingerprint": fingerprint,
            "expires_at": format_known(facts[name].expires_at) if name in facts else None,
        }
        for name, fingerprint in fingerprints.items()
    }


def _previous(stored: VendorDocument | None) -> dict[str, object] | None:
    if stored is None or stored.previous is None or stored.previous_until is None:
        return None
    return {
        "fingerprints": stored.previous.fingerprints,
        "until": format_instant(stored.previous_until),
    }
