import type { Client, ScheduleDescription } from '@temporalio/client';
import { showDuration } from '../config/duration.ts';
import type { Due, ScheduleRules } from '../config/schedule.ts';
import { scheduleId } from '../workflows/names.ts';
import { type ScheduleContext, scheduleInWords } from './schedule-definition.ts';
import type { ScheduleDifference } from './schedule-facts.ts';
import { describeSchedule, planSchedule, type SchedulableConnection } from './schedules.ts';

/**
 * `none`: neither the file nor Temporal has one; `missing`: Temporal lacks it; `unwanted`: the file has none any more;
 * `foreign`: it is another installation's.
 */
export type ScheduleState = 'active' | 'paused' | 'none' | 'missing' | 'unwanted' | 'foreign';

/** The schedule of one connection, as the file and Temporal have it. */
export interface ScheduleView {
  connection: string;
  state: ScheduleState;
  /** What the file says, in words and in its own notation; null where it has none. */
  due: string | null;
  rules: Record<'overlap' | 'catchup' | 'jitter' | 'pauseAfterFailures', string> | null;
  /** The zone that a cron is meant in; null without one. */
  timezone: string | null;
  /** Note of the pause; null where it is not paused. */
  note: string | null;
  /** The next times that it is due, three at most; none while it is paused. */
  next: Date[];
  /** What is not in Temporal as the file says. */
  differences: ScheduleDifference[];
}

export async function viewSchedule(
  client: Client,
  connection: SchedulableConnection,
  context: ScheduleContext,
): Promise<ScheduleView> {
  const { name, schedule } = connection;
  const there = await describeSchedule(client.schedule.getHandle(scheduleId(name)));
  const ours = there?.memo?.installation === context.installation ? there : null;
  const planned = schedule && ours ? planSchedule(ours, { ...connection, schedule }, context) : null;
  return {
    connection: name,
    state: stateOf(connection, there, ours),
    due: schedule ? scheduleInWords(schedule) : null,
    rules: schedule ? rulesOf(schedule) : null,
    timezone: schedule?.kind === 'cron' ? schedule.timezone : null,
    note: ours?.state.paused === true ? (ours.state.note ?? '') : null,
    next: ours === null || ours.state.paused ? [] : ours.info.nextActionTimes.slice(0, 3),
    differences: planned?.differences ?? [],
  };
}

function stateOf(
  { schedule }: SchedulableConnection,
  there: ScheduleDescription | null,
  ours: ScheduleDescription | null,
): ScheduleState {
  if (there === null) return schedule ? 'missing' : 'none';
  // Without a wish of ours it is none of our business.
  if (ours === null) return schedule ? 'foreign' : 'none';
  if (!schedule) return 'unwanted';
  return ours.state.paused ? 'paused' : 'active';
}

function rulesOf({ overlap, catchupMs, jitterMs, pauseAfterFailures }: Due & ScheduleRules): ScheduleView['rules'] {
  return {
    overlap,
    catchup: showDuration(catchupMs),
    jitter: showDuration(jitterMs),
    pauseAfterFailures: String(pauseAfterFailures),
  };
}
