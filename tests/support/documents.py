"""Blocks of code in the documents, and a shell that runs those of one document."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^( *)```([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
MADE = frozenset(["docs/reference/command-line.md"])
"""Documents whose commands have a test of their own."""
ELSEWHERE = re.compile(r'elsewhere="([^"]+)"')
PRELUDE = """
set -eu -o pipefail
curl() { command curl -sS --fail-with-body --max-time 20 "$@" | tee -a transcript; }
pushgate() { command pushgate "$@" | tee -a transcript; }
last_id() { grep -owE '[0-9a-f]{30}' transcript | tail -1; }
is_going_out() {
    command curl -sS --max-time 20 "$PG/v1/messages/$(last_id)" -H "Authorization: Bearer $KEY" |
        grep -qE '"status": ?"(dispatching|sending)"'
}
sleep() {
    command sleep "$@"
    for _ in {1..60}; do is_going_out || return 0; command sleep 0.25; done
}
"""
"""A failed call ends the script. The last id that was printed stands for <id>. `sleep` is longer on
a busy machine: until the last message was sent.
"""


@dataclass(frozen=True)
class Block:
    """A block of code: its language, and what it needs that tests do not have."""

    document: str
    language: str
    needs: str | None
    text: str


def documents() -> list[str]:
    """English documents, by their paths from the root."""
    paths = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "clients").rglob("README.md")]
    hidden = {"node_modules", "zh"}
    names = [path.relative_to(ROOT) for path in paths]
    return sorted(
        str(name)
        for name in names
        if not hidden & set(name.parts) and not any(part.startswith(".") for part in name.parts)
    )


def blocks_of(document: str) -> list[Block]:
    """The blocks of a document, in their order, without the indentation of lists."""
    found = []
    for indent, info, body in FENCE.findall((ROOT / document).read_text("utf-8")):
        needs = ELSEWHERE.search(info)
        text = re.sub(rf"^{indent}", "", body, flags=re.MULTILINE)
        found.append(Block(document, (info.split() or [""])[0], needs[1] if needs else None, text))
    return found


def script_of(document: str) -> str:
    """The commands of a document that tests run, as one script; empty where it has none."""
    runnable = [block.text for block in blocks_of(document) if block.language == "sh" and not block.needs]
    return "\n".join(runnable).replace("<id>", "$(last_id)")


def run_script(
    script: str, folder: Path, pushgate_folder: Path, message_id: str
) -> subprocess.CompletedProcess[str]:
    """Run a document's commands in an empty folder, beside the data of a running `pushgate up`.

    `message_id` stands for <id> until a command prints another message's.
    """
    folder.mkdir()
    (folder / ".pushgate").symlink_to(pushgate_folder)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "transcript").write_text(message_id + "\n", "utf-8")
    settings = folder / "etc"
    settings.mkdir()
    (settings / "pushgate.toml").symlink_to(pushgate_folder / "run.toml")
    return subprocess.run(
        ["bash", "-c", PRELUDE + script.replace("/etc/pushgate", str(settings))],
        cwd=folder,
        env={**os.environ, "PATH": f"{sys.prefix}/bin:{os.environ['PATH']}", "HOME": str(folder)}
        | {"PUSHGATE_CONFIG": str(pushgate_folder / "run.toml")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
