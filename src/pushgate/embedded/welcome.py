"""What `pushgate up` prints once everything works."""

import shlex
from pathlib import Path

from pushgate.embedded.addresses import api_url
from pushgate.embedded.plan import Plan


def welcome_text(plan: Plan, data: Path, shell_file: Path, link: str | None) -> str:
    """Where the API is, and where keys, documents and logs are. The last line is what to do next:
    to open the link, or without one the API's address.
    """
    url = api_url(plan.settings)
    rows = [
        ("Shell", f". {shlex.quote(str(shell_file))}  sets PG and KEY for the commands of the documents"),
        ("API", f"{url}/docs  every call, to read and try"),
        ("Keys", f"{data}/*.key"),
        ("Logs", f"{data / 'logs'}"),
        ("Stop", "Ctrl-C"),
    ]
    if plan.demo:
        rows.insert(2, ("Vendors", f"{plan.demo.sandbox_url}/received  what the simulated vendors got"))
    lines = [f"Pushgate is ready: {url}", *(f"  {name:<8}{text}" for name, text in rows)]
    lines.append(_next_step(url, link, has_console=plan.settings.console.enabled))
    return "\n".join(lines) + "\n"


def _next_step(url: str, link: str | None, *, has_console: bool) -> str:
    if link:
        return f"Open {link}  (signs you in, once, within 5 minutes)"
    return f"Open {url}/sign-in  with a key" if has_console else f"Open {url}/docs"
