"""`pushgate send`: plans a push, asks where it is for many, and sends it."""

from typing import cast

from pushgate.cli.client.bodies import To, ToAll, Where, parse_object, to_audience, to_template
from pushgate.cli.client.command_errors import read_text, usage
from pushgate.cli.client.confirmation import confirm
from pushgate.cli.client.escalation import Escalate, to_steps
from pushgate.cli.client.personal_options import Fallback, FallbackTemplate, Personal, PersonalFields, Value
from pushgate.cli.client.plan_lines import plan_lines
from pushgate.cli.client.send_options import (
    At,
    Body,
    Canary,
    Category,
    ClearOnClick,
    Content,
    Delivery,
    DryRun,
    File,
    Follow,
    FurtherOptions,
    HoldIf,
    Holdout,
    IdempotencyKey,
    IgnoreQuietHours,
    Image,
    Language,
    Link,
    Otherwise,
    Passed,
    Plan,
    QuietHours,
    SlowerIf,
    Spread,
    Template,
    Texts,
    Title,
    Ttl,
    Unit,
    Variant,
    Variants,
    WinnerAfter,
    Yes,
    checked,
)
from pushgate.cli.client.session import Json, ProfileName, Session, session
from pushgate.cli.client.texts import moment, terminal_count
from pushgate.cli.client.watch import watch
from pushgate_client import types


def send_message(
    title: Title = None,
    body: Body = None,
    language: Language = None,
    content: Content = None,
    template: Template = None,
    variant: Variant = None,
    holdout: Holdout = None,
    unit: Unit = None,
    winner_after: WinnerAfter = None,
    url: Link = None,
    image: Image = None,
    file: File = None,
    to_all: ToAll = False,
    to: To = None,
    where: Where = None,
    at: At = None,
    passed: Passed = None,
    otherwise: Otherwise = None,
    ttl: Ttl = None,
    spread: Spread = None,
    canary: Canary = None,
    hold_if: HoldIf = None,
    slower_if: SlowerIf = None,
    category: Category = None,
    quiet_hours: QuietHours = None,
    ignore_quiet_hours: IgnoreQuietHours = False,
    clear_on_click: ClearOnClick = False,
    options: FurtherOptions = None,
    dry_run: DryRun = False,
    personal: Personal = False,
    value: Value = None,
    fallback: Fallback = None,
    fallback_template: FallbackTemplate = None,
    escalate: Escalate = None,
    plan: Plan = False,
    yes: Yes = False,
    follow: Follow = False,
    idempotency_key: IdempotencyKey = None,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Send a push, now or later. Its terminals are counted first; above 1,000 of them, the number
    must be typed, or --yes be given.

    Examples:

    \b
      pushgate send --title Sale --body "Today only" --all --watch
      pushgate send --content "en:Sale:Today only" --content "zh:特卖:仅限今天" --to tag:vip
      pushgate send --title Hello --body World --to user:ann --at "20:00 Europe/Paris"
      pushgate send --title Hello --body World --all --at "20:00 local"
      pushgate send --title Hello --body World --all --at "best hour" --otherwise 10:00
      pushgate send --title Hello --body World --where '{"language": "zh"}' --plan
      pushgate send --template welcome --to user:ann
      pushgate send --title "Hi {{ name }}" --body "News" --personal --fallback en:Hi:News --all
      pushgate send --variant a:50:en:Sale:Today --variant b:50:en:Today:Sale --holdout 10 --all
      pushgate send --title Sale --body Today --all --canary 1:10m --hold-if rejected=5
      pushgate send --title Code --body 1234 --to user:ann --escalate 10m:clicked:next_terminal
      pushgate send --variant a:5:en:Sale:Today --variant b:5:en:Today:Sale --winner-after 2h --all
      pushgate send --file message.json --all --yes
    """
    with session(profile, json=json) as found:
        if plan and (follow or idempotency_key is not None):
            raise usage("--plan sends nothing: leave out --watch and --idempotency-key")
        message = {} if file is None else parse_object(f"--file {file}", read_text(file))
        texts = Texts(title=title, body=body, language=language, content=content or [], link=url, image=image)
        texts.add_to(message)
        if template is not None:
            message["template"] = to_template(template)
        Variants(variant or [], holdout, unit, winner_after).add_to(message)
        Delivery(
            at=at,
            passed=passed,
            otherwise=otherwise,
            ttl=ttl,
            spread=spread,
            canary=canary,
            hold_if=hold_if or [],
            slower_if=slower_if or [],
            category=category,
            quiet_hours=quiet_hours,
            ignore_quiet_hours=ignore_quiet_hours,
            clear_on_click=clear_on_click,
            options=options,
            dry_run=dry_run,
        ).add_to(message)
        PersonalFields(
            personal=personal,
            values=value or [],
            fallback=fallback or [],
            fallback_template=fallback_template,
        ).add_to(message)
        if escalate:
            message["escalate"] = to_steps(escalate)
        chosen = to_audience(to_all, to, where)
        if chosen:
            message["audience"] = chosen
        ready = checked(message)
        if plan:
            planned = found.pushgate.messages.plan(ready)
            found.output.document(planned, plan_lines(planned))
            return
        _confirm(found, ready, yes=yes)
        _send(found, ready, follow=follow, idempotency_key=idempotency_key)


def _confirm(found: Session, message: types.MessageBody, *, yes: bool) -> None:
    """Show what would come of the message, and ask where it is for many."""
    planned = found.pushgate.messages.plan(message)
    if not found.output.json:
        for line in plan_lines(planned):
            found.output.note(line)
    confirm(planned["total"], f"Push to {terminal_count(planned['total'])} at {found.server.words}", yes=yes)


def _send(found: Session, message: types.MessageBody, *, follow: bool, idempotency_key: str | None) -> None:
    # With variants or a template there is no content.
    whole = cast("types.MessageBody", {"content": None, **message})
    sent = found.pushgate.messages.send(**whole, idempotency_key=idempotency_key)
    found.output.document(sent, _sent_lines(found, sent, follow=follow))
    if follow:
        watch(found, sent["id"])


def _sent_lines(found: Session, sent: types.MessageWithWarnings, *, follow: bool) -> list[str]:
    """The message in a line. Its warnings were those of the plan."""
    line = f"{sent['id']}  {sent['status']} for {moment(sent['push_time'])}"
    if in_parts := sent.get("local_push_time") or sent.get("best_hour_push_time"):
        line += f", the last at {moment(in_parts['last_at'])}"
    return [line] if follow else [line, f"see: {found.command('watch', sent['id'])}"]
