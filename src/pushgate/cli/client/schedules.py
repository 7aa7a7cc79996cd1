"""`pushgate schedules`: messages that recur."""

from itertools import islice
from typing import Annotated, cast

import typer

from pushgate.cli.client.bodies import To, ToAll, Where, json_object, need_audience, to_content
from pushgate.cli.client.command_errors import usage
from pushgate.cli.client.send_options import Content
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate.cli.client.texts import moment
from pushgate.cli.lazy import command_group
from pushgate_client import types

app = command_group("Messages that recur: create, list, show, preview, pause, resume, runs, delete.")
_Id = Annotated[str, typer.Argument(metavar="SCHEDULE", help="The schedule's id.")]
_Cron = Annotated[
    str, typer.Argument(metavar="CRON", help="Minute, hour, day of month, month, day of week, in quotes.")
]
_Zone = Annotated[str, typer.Option(help="The time zone, such as Europe/Berlin.")]
_Start = Annotated[str | None, typer.Option(help="The first instant that counts, with its offset.")]
_End = Annotated[str | None, typer.Option(help="The last instant that counts, with its offset.")]
_Upcoming = Annotated[int, typer.Option(min=1, max=100, help="How many of the next runs.")]


@app.command("put")
def put_schedule(
    schedule_id: _Id,
    cron: _Cron,
    timezone: _Zone = "UTC",
    start: _Start = None,
    end: _End = None,
    missed: Annotated[str, typer.Option(help="latest, skip or all: what is made up for.")] = "latest",
    overlap: Annotated[str, typer.Option(help="send or skip while the last run is sent.")] = "send",
    content: Content = None,
    to_all: ToAll = False,
    to: To = None,
    where: Where = None,
    message: Annotated[
        str | None, typer.Option(metavar="JSON", help="The whole message instead, or @FILE that holds it.")
    ] = None,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Create a schedule, or replace the one that has the id.

    Example:

    \b
      pushgate schedules put morning "30 9 * * *" --timezone Asia/Shanghai --all --content en:Hi:You
    """
    if message is None:
        body: object = {"content": to_content(content or ()), "audience": need_audience(to_all, to, where)}
    elif content or to_all or to or where is not None:
        raise usage("--message has content and audience: leave out --content, --all, --to and --where")
    else:
        body = json_object("--message", message)
    schedule = {
        "cron": cron,
        "timezone": timezone,
        "start": start,
        "end": end,
        "missed": missed,
        "overlap": overlap,
        "message": body,
    }
    with session(profile, json=json) as found:
        stored = found.pushgate.schedules.put(schedule_id, cast("types.ScheduleBody", schedule))
        warnings = [f"warning: {one['field']} {one['message']}" for one in stored["warnings"]]
        found.output.document(stored, [*_lines(stored), *warnings])


@app.command("list")
def list_schedules(json: Json = False, profile: ProfileName = None) -> None:
    """List the schedules.

    Example:

    \b
      pushgate schedules list
    """
    with session(profile, json=json) as found:
        found.output.rows(
            found.pushgate.schedules.list(),
            {
                "id": lambda one: one["id"],
                "status": lambda one: one["status"],
                "cron": lambda one: one["cron"],
                "time zone": lambda one: one["timezone"],
                "next run": lambda one: moment(one["upcoming"][0] if one["upcoming"] else None),
            },
            nothing="no schedules",
        )


@app.command("show")
def show_schedule(
    schedule_id: _Id, upcoming: _Upcoming = 5, json: Json = False, profile: ProfileName = None
) -> None:
    """Show a schedule and its next runs.

    Example:

    \b
      pushgate schedules show morning --upcoming 20
    """
    with session(profile, json=json) as found:
        schedule = found.pushgate.schedules.get(schedule_id, upcoming=upcoming)
        found.output.document(schedule, _lines(schedule))


@app.command("preview")
def preview_schedule(
    cron: _Cron,
    timezone: _Zone = "UTC",
    start: _Start = None,
    end: _End = None,
    upcoming: _Upcoming = 5,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Show the next runs of a cron expression. Nothing is stored.

    Example:

    \b
      pushgate schedules preview "30 2 * * *" --timezone Europe/Berlin
    """
    times: types.ScheduleTimes = {"cron": cron, "timezone": timezone, "start": start, "end": end}
    with session(profile, json=json) as found:
        runs = found.pushgate.schedules.preview(times, upcoming=upcoming)
        found.output.document(runs, [moment(at) for at in runs["upcoming"]])


@app.command("pause")
def pause_schedule(schedule_id: _Id, json: Json = False, profile: ProfileName = None) -> None:
    """Make no runs until the schedule is resumed.

    Example:

    \b
      pushgate schedules pause morning
    """
    with session(profile, json=json) as found:
        schedule = found.pushgate.schedules.pause(schedule_id)
        found.output.document(schedule, [f"{schedule_id}  {schedule['status']}"])


@app.command("resume")
def resume_schedule(schedule_id: _Id, json: Json = False, profile: ProfileName = None) -> None:
    """Go on with a paused schedule. What passed meanwhile is not made up for.

    Example:

    \b
      pushgate schedules resume morning
    """
    with session(profile, json=json) as found:
        schedule = found.pushgate.schedules.resume(schedule_id)
        found.output.document(schedule, _lines(schedule))


@app.command("runs")
def list_runs(
    schedule_id: _Id,
    last: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """List what became of each instant: the message, or why there is none.

    Example:

    \b
      pushgate schedules runs morning
    """
    with session(profile, json=json) as found:
        runs = found.pushgate.schedules.runs(schedule_id, page_size=min(last, 1000))
        found.output.rows(
            islice(runs, last),
            {
                "at": lambda one: moment(one["at"]),
                "message": lambda one: one["message_id"],
                "reason": lambda one: one["reason"],
            },
            nothing="no runs yet",
        )


@app.command("delete")
def delete_schedule(schedule_id: _Id, json: Json = False, profile: ProfileName = None) -> None:
    """Delete a schedule. Messages that it made stay.

    Example:

    \b
      pushgate schedules delete morning
    """
    with session(profile, json=json) as found:
        found.pushgate.schedules.delete(schedule_id)
        found.output.document({"deleted": schedule_id}, [f"{schedule_id}  deleted"])


def _lines(schedule: types.Schedule) -> list[str]:
    runs = [f"  {moment(at)}" for at in schedule["upcoming"]]
    head = f"{schedule['id']}  {schedule['status']}  {schedule['cron']}  {schedule['timezone']}"
    return [head, *(["next runs", *runs] if runs else [])]
