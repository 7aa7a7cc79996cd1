"""The options of `pushgate send`, and the message that they make."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple, cast

import typer

from pushgate.cli.client.bodies import json_object, to_canary, to_content, to_variants
from pushgate.cli.client.command_errors import usage
from pushgate.cli.client.push_times import to_push_time
from pushgate_client import types

Title = Annotated[str | None, typer.Option(help="The title, in --language.")]
Body = Annotated[str | None, typer.Option(help="The text, in --language.")]
Language = Annotated[str | None, typer.Option(help="The language of --title and --body. [default: en]")]
_DEFAULT_LANGUAGE = "en"
Content = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LANGUAGE:TITLE:BODY",
        help="A language and its texts; may be repeated. A colon in a title is \\:",
    ),
]
Template = Annotated[
    str | None,
    typer.Option(
        metavar="NAME[@VERSION]", help="A stored template in place of texts; without a version the latest."
    ),
]
Variant = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME:SHARE:LANGUAGE:TITLE:BODY",
        help="In place of --content: a variant, and the per cent that get it. Give two or more.",
    ),
]
Holdout = Annotated[float | None, typer.Option(help="Per cent that get no variant, to compare with.")]
Unit = Annotated[
    str | None, typer.Option(help="What gets one variant: terminal or user. [default: terminal]")
]
WinnerAfter = Annotated[
    str | None,
    typer.Option(
        metavar="DURATION",
        help="Where the shares are less than 100 together: how long the rest waits for the better variant, "
        "such as 2h.",
    ),
]
Link = Annotated[str | None, typer.Option("--url", help="What a click opens, in every language.")]
Image = Annotated[str | None, typer.Option(help="The address of a picture, in every language.")]
File = Annotated[
    Path | None,
    typer.Option(help="A message as JSON, as the API takes it; - is stdin. Other options come on top."),
]
At = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="When, with its zone: `2026-11-30 20:00 Asia/Shanghai`, or +90m; `2026-11-30 20:00 local` "
        "is that time in each terminal's own zone, `20:00 local` the next one that is to come in every "
        "zone. `best hour`, or `best hour within 12h`, is the hour in which each terminal clicks most. "
        "[default: now]",
    ),
]
Passed = Annotated[
    str | None,
    typer.Option(
        metavar="WHAT",
        help="Zones in which a local time is past: send at once, skip, or tomorrow. [default: send]",
    ),
]
Otherwise = Annotated[
    str | None,
    typer.Option(
        metavar="CLOCK", help="Local time for terminals whose best hour is not known, such as 10:00."
    ),
]
Ttl = Annotated[int | None, typer.Option(help="Seconds after which whatever is pending expires.")]
Spread = Annotated[
    str | None, typer.Option(metavar="DURATION", help="Send evenly over this time, such as 10m.")
]
Canary = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE:WAIT", help="Send to so many per cent first, and to the rest after a time: 1:10m."
    ),
]
HoldIf = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MEASURE=PERCENT",
        help="With --canary: pause above this: rejected, invalid, gone, muted, or clicks_below. "
        "May be repeated.",
    ),
]
SlowerIf = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MEASURE=PERCENT", help="With --canary and --spread: spread over twice the time above this."
    ),
]
Category = Annotated[str | None, typer.Option(help="What it is about, such as marketing.")]
QuietHours = Annotated[
    str | None,
    typer.Option(
        metavar="leave_out|hold|ignore",
        help="Where it is a quiet hour: send nothing, hold the push until the hour ends, or push all the "
        "same, for codes and alarms. [default: the app's setting]",
    ),
]
IgnoreQuietHours = Annotated[
    bool, typer.Option("--ignore-quiet-hours", help="The same as --quiet-hours ignore.")
]
ClearOnClick = Annotated[
    bool,
    typer.Option(
        "--clear-on-click", help="A click on one terminal removes it from the user's other terminals."
    ),
]
FurtherOptions = Annotated[
    str | None, typer.Option("--options", metavar="JSON", help="Further options as JSON, or @FILE.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything and deliver nothing.")]
Plan = Annotated[bool, typer.Option("--plan", help="Show what would come of it, and store nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask, whatever the number is.")]
Follow = Annotated[bool, typer.Option("--watch", help="Watch it until it is sent.")]
IdempotencyKey = Annotated[
    str | None, typer.Option(help="Repeating the command with the same key sends nothing twice.")
]


class Texts(NamedTuple):
    """What is shown, as options give it."""

    title: str | None
    body: str | None
    language: str | None
    content: Sequence[str]
    link: str | None
    image: str | None

    def add_to(self, message: dict[str, object]) -> None:
        """Set the content of a message; link and picture go to every language.

        Raises CommandError.
        """
        if (self.title is None) != (self.body is None):
            raise usage("--title and --body go together")
        if self.language is not None and self.title is None:
            raise usage("--language is that of --title and --body: give them, or --content")
        found = to_content(self.content)
        if self.title is not None and self.body is not None:
            language = _DEFAULT_LANGUAGE if self.language is None else self.language
            if language in found:
                raise usage(f"--title and --content both have the language {language}", "give --language")
            found = {language: {"title": self.title, "body": self.body}, **found}
        if found:
            message["content"] = found
        contents = message.get("content")
        more = {
            name: value for name, value in (("url", self.link), ("image", self.image)) if value is not None
        }
        if more and isinstance(contents, dict):
            message["content"] = {
                language: {**one, **more} if isinstance(one, dict) else one
                for language, one in contents.items()
            }


class Variants(NamedTuple):
    """The contents that are compared, as options give them."""

    variants: Sequence[str]
    holdout: float | None
    unit: str | None
    winner_after: str | None = None

    def add_to(self, message: dict[str, object]) -> None:
        """Set the variants of a message. Raises CommandError."""
        if self.variants:
            message["variants"] = to_variants(self.variants)
        for name, value in (("holdout", self.holdout), ("unit", self.unit)):
            if value is not None:
                message[name] = value
        if self.winner_after is not None:
            message["winner"] = {"after": self.winner_after}


class Delivery(NamedTuple):
    """When and how it is pushed, as options give it."""

    at: str | None
    passed: str | None
    otherwise: str | None
    ttl: int | None
    spread: str | None
    canary: str | None
    hold_if: Sequence[str]
    slower_if: Sequence[str]
    category: str | None
    quiet_hours: str | None
    ignore_quiet_hours: bool
    clear_on_click: bool
    options: str | None
    dry_run: bool

    def add_to(self, message: dict[str, object]) -> None:
        """Set push time and options of a message. Raises CommandError."""
        self._add_push_time(message)
        given = {} if self.options is None else json_object("--options", self.options)
        if self.ttl is not None:
            given["ttl"] = self.ttl
        if self.spread is not None:
            given["spread"] = self.spread
        if self.canary is not None:
            given["canary"] = to_canary(self.canary, self.hold_if, self.slower_if)
        elif self.hold_if or self.slower_if:
            raise usage("--hold-if and --slower-if need --canary", "--canary 1:10m")
        if self.category is not None:
            given["category"] = self.category
        given |= self._quiet_hours()
        if self.clear_on_click:
            given["clear_on_click"] = True
        if self.dry_run:
            given["dry_run"] = True
        if given:
            message["options"] = {**cast("dict[str, object]", message.get("options") or {}), **given}

    def _add_push_time(self, message: dict[str, object]) -> None:
        if self.at is not None:
            message["push_time"] = to_push_time(self.at, datetime.now(UTC), self.passed, self.otherwise)
        elif self.passed is not None or self.otherwise is not None:
            raise usage("--passed and --otherwise have no effect without --at")

    def _quiet_hours(self) -> dict[str, object]:
        if self.ignore_quiet_hours and self.quiet_hours is not None:
            raise usage("--quiet-hours and --ignore-quiet-hours say the same thing twice: give one of them")
        found = "ignore" if self.ignore_quiet_hours else self.quiet_hours
        return {} if found is None else {"quiet_hours": found}


def checked(message: dict[str, object]) -> types.MessageBody:
    """Return the message, where it says what goes to whom. Raises CommandError."""
    if not any(message.get(name) for name in ("content", "template", "variants")):
        raise usage(
            "what? give --title and --body, --content, --template, --variant or --file",
            "--title Sale --body 'Today only'",
        )
    if not message.get("audience"):
        raise usage("to whom? give --all, --to or --where", "--to user:ann --to tag:vip")
    return cast("types.MessageBody", message)
