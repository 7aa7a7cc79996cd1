"""Measures how long it takes to fill personal content into a vendor's bytes.

`python -m bench.personal_fill [terminals]`

The reference is the time to render the whole push, once for each terminal.
"""

import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from bench.machine import machine
from bench.options import terminal_count
from pushgate.adapters.apns import payload as apns
from pushgate.adapters.contract import Push
from pushgate.adapters.fcm import payload as fcm
from pushgate.content.personal.filling import PersonalContent, Render
from pushgate.content.personal.syntax import ValueName
from pushgate.domain.message import Content, Options

NOW = datetime(2026, 11, 29, tzinfo=UTC)
CHUNK = 1024
RENDERED_WHOLE = 2_000
CONTENTS: Mapping[str, Content] = {
    "five placeholders": Content(
        "Hi {{ name }}", "{{ city }}: {{ name }}, {{ plan }}!", data={"n": "{{ name }}"}
    ),
    "with filters": Content(
        'Hi {{ name | default: "friend" }}',
        "{{ points | number }} {{ points | plural: one: 'point', other: 'points' }} "
        "until {{ day | date: 'long' }}",
    ),
}


def main() -> None:
    """Print microseconds a terminal."""
    count = terminal_count(__doc__)
    sys.stdout.write(f"{machine()}, {time.strftime('%Y-%m-%d')}, {count} terminals\n")
    for kind, content in CONTENTS.items():
        for vendor, render in {"FCM": _fcm(content), "APNs": _apns(content)}.items():
            _measure(f"{vendor}, {kind}", PersonalContent(content, "en"), render, count)


def _measure(label: str, personal: PersonalContent, render: Render, count: int) -> None:
    began = time.process_time()
    compiled = personal.compile(render)
    compiling = time.process_time() - began
    assert compiled is not None
    texts_s = fill_s = 0.0
    for start in range(0, count, CHUNK):
        columns = {
            name: [_value(name, number) for number in range(start, start + CHUNK)] for name in personal.names
        }
        began = time.process_time()
        texts = personal.texts(columns, CHUNK)
        texted = time.process_time()
        filled = compiled.fill(texts)
        texts_s, fill_s = texts_s + texted - began, fill_s + time.process_time() - texted
        assert not filled.whole
    began = time.process_time()
    for position in range(RENDERED_WHOLE):
        render(personal.content(texts, position % CHUNK))
    whole = (time.process_time() - began) / RENDERED_WHOLE
    done = -(-count // CHUNK) * CHUNK
    sys.stdout.write(
        f"{label}: compile {compiling * 1e6:.0f} us; a terminal: values {texts_s / done * 1e6:.2f} us, "
        f"bytes {fill_s / done * 1e6:.2f} us; whole rendering {whole * 1e6:.1f} us\n"
    )


def _value(name: ValueName, number: int) -> str:
    match name.name:
        case "name":
            return f"s:Customer {number}"
        case "points":
            return f"n:{number % 1500}"
        case "day":
            return f"s:2027-01-{number % 28 + 1:02d}"
    return f"s:{name.name} {number % 300}"


def _push(content: Content) -> Push:
    return Push(
        message_id="0" * 30,
        content=content,
        options=Options(ttl=timedelta(hours=1)),
        expires_at=NOW + timedelta(hours=1),
        callback="shop." + "x" * 40,
    )


def _fcm(content: Content) -> Render:
    push = _push(content)
    return lambda given: fcm.render(replace(push, content=given), NOW).after


def _apns(content: Content) -> Render:
    push = _push(content)
    return lambda given: apns.render(replace(push, content=given), "com.example.shop").body


if __name__ == "__main__":
    main()
