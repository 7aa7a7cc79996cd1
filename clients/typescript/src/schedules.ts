/** Schedules: messages that recur. */
import {
  type Call,
  type CallOptions,
  type CreateOptions,
  idempotent,
  type ListOptions,
  path,
} from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** How many of the next runs are listed, at most 100. */
export interface UpcomingOptions extends CallOptions {
  upcoming?: number;
}

/** The schedules of an app. Each run is a message of its own. */
export class Schedules {
  constructor(private readonly transport: Transport) {}

  /** Create a schedule under an id of Pushgate's. */
  create(schedule: types.ScheduleBody, options: CreateOptions = {}): Promise<types.ScheduleWithWarnings> {
    const headers = idempotent(options.idempotencyKey);
    return this.transport.send({ method: "POST", path: "/v1/schedules", json: schedule, headers }, options);
  }

  /** Create a schedule under this id, or replace the one that has the id. */
  put(
    scheduleId: string,
    schedule: types.ScheduleBody,
    options: CallOptions = {},
  ): Promise<types.ScheduleWithWarnings> {
    return this.transport.send(
      { method: "PUT", path: path("/v1/schedules/{}", scheduleId), json: schedule },
      options,
    );
  }

  /** Yield the schedules, by id. */
  async *list(options: ListOptions = {}): AsyncGenerator<types.Schedule> {
    const call: Call = { method: "GET", path: "/v1/schedules", query: { limit: options.pageSize ?? 100 } };
    for await (const page of this.transport.pages<types.SchedulePage>(call, options)) yield* page.schedules;
  }

  /** Return a schedule with its next runs. */
  get(scheduleId: string, options: UpcomingOptions = {}): Promise<types.Schedule> {
    const query = { upcoming: options.upcoming ?? 5 };
    return this.transport.send({ method: "GET", path: path("/v1/schedules/{}", scheduleId), query }, options);
  }

  /** Change fields of a schedule; `message` is replaced as a whole. */
  change(
    scheduleId: string,
    change: types.ScheduleChange,
    options: CallOptions = {},
  ): Promise<types.ScheduleWithWarnings> {
    return this.transport.send(
      { method: "PATCH", path: path("/v1/schedules/{}", scheduleId), json: change },
      options,
    );
  }

  /** Delete a schedule. Messages that it made stay. */
  async delete(scheduleId: string, options: CallOptions = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: path("/v1/schedules/{}", scheduleId) }, options);
  }

  /** Make no runs until the schedule is resumed. */
  pause(scheduleId: string, options: CallOptions = {}): Promise<types.Schedule> {
    return this.transport.send({ method: "POST", path: path("/v1/schedules/{}:pause", scheduleId) }, options);
  }

  /** Go on with a paused schedule. What passed meanwhile is not made up for. */
  resume(scheduleId: string, options: CallOptions = {}): Promise<types.Schedule> {
    return this.transport.send({ method: "POST", path: path("/v1/schedules/{}:resume", scheduleId) }, options);
  }

  /** Yield what became of each instant, newest first. */
  async *runs(scheduleId: string, options: ListOptions = {}): AsyncGenerator<types.Run> {
    const call: Call = {
      method: "GET",
      path: path("/v1/schedules/{}/runs", scheduleId),
      query: { limit: options.pageSize ?? 100 },
    };
    for await (const page of this.transport.pages<types.RunPage>(call, options)) yield* page.runs;
  }

  /** Return the next instants of a cron expression. Nothing is stored. */
  preview(times: types.ScheduleTimes, options: UpcomingOptions = {}): Promise<types.UpcomingRuns> {
    const query = { upcoming: options.upcoming ?? 5 };
    return this.transport.send({ method: "POST", path: "/v1/schedules:preview", json: times, query }, options);
  }
}
