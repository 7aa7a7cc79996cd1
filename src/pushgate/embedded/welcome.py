"""What `pushgate up` prints once everything works."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from pushgate.embedded.addresses import api_url
from pushgate.embedded.key_files import OPERATOR_KEY_FILE
from pushgate.embedded.plan import Plan


def welcome_text(plan: Plan, logs: Path, keys: Sequence[Path]) -> str:
    """Where the API is, where the keys and logs are, and for the demo a request to try."""
    url = api_url(plan.settings)
    lines = [f"Pushgate is ready: {url}  (API description: {url}/openapi.json)"]
    lines += [f"  API key of {_owner(file)}: {file}" for file in keys if file.exists()]
    if plan.demo:
        lines.append(f"  What the simulated vendors received: {plan.demo.sandbox_url}/received")
        lines += _example_request(url, keys[0])
    lines.append(f"  Logs: {logs}   Stop: Ctrl-C")
    return "\n".join(lines) + "\n"


def _owner(file: Path) -> str:
    return "the operator" if file.name == OPERATOR_KEY_FILE else file.stem


def _example_request(url: str, key: Path) -> list[str]:
    token = secrets.token_hex(32)
    return [
        "Try it:",
        f'  curl -X POST {url}/v1/messages -H "Authorization: Bearer $(cat {key})" \\',
        '    -H \'Content-Type: application/json\' -d \'{"content": {"en": {"title": "Hello", '
        f'"body": "It works"}}}}, "audience": {{"tokens": [{{"vendor": "apns", "token": "{token}"}}]}}}}\'',
    ]
