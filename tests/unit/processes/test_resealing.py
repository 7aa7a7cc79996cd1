"""Whatever seals a value has a place that `pushgate secrets reseal` goes over."""

import re
from pathlib import Path

import pushgate
from pushgate.processes.resealing import PLACES

SEALING = {
    "receipts/callback_key_store.py": "callback keys",
    "apps/sealed_sections.py": "vendors' sections",
    "worker/shared_credentials.py": "vendors' access tokens",
    "devices/signing_keys.py": "registration keys",
    "webhooks/subscriptions.py": "secrets of webhooks",
    "audit/pseudonyms.py": "key of pseudonyms",
}
"""The modules that seal values, and the place that each stores them in."""


def test_every_module_that_seals_has_a_place() -> None:
    root = Path(pushgate.__file__).parent
    calls = re.compile(r"sealer\.(seal|seal_if_possible)\(")
    found = {
        str(file.relative_to(root))
        for file in root.rglob("*.py")
        if file.parent.name != "sealing" and calls.search(file.read_text("utf-8"))
    }
    assert found - {"processes/resealing.py"} == SEALING.keys(), (
        "name the module here and its place in PLACES"
    )
    assert set(SEALING.values()) == PLACES.keys()
