import type { ScheduleDescription } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { type CronTimes, cronTimes } from '../config/cron.ts';
import { showDuration } from '../config/duration.ts';

type Calendar = temporal.api.schedule.v1.IStructuredCalendarSpec;
type Range = temporal.api.schedule.v1.IRange;

/**
 * When a schedule is due, by the file's keys. The server keeps no cron expression, only what it stands for: so both sides
 * are written anew from that, see `canonicalCron`.
 */
export function timesThere({ spec, raw }: ScheduleDescription): { every?: string; cron?: string; timezone?: string } {
  const intervals = (spec.intervals ?? []).map(({ every, offset }) =>
    [showDuration(Number(every)), ...(offset ? [`from ${showDuration(Number(offset))} on`] : [])].join(' '),
  );
  const calendars = (raw.schedule?.spec?.structuredCalendar ?? []).map(calendarText);
  return {
    ...(intervals.length === 0 ? {} : { every: intervals.join(' and ') }),
    ...(calendars.length === 0 ? {} : { cron: calendars.join(' and '), timezone: spec.timezone || 'UTC' }),
  };
}

/** The same text for all expressions that mean the same times: `0-10 6 * * 1-5`. */
export function canonicalCron(expression: string): string {
  return cronText(cronTimes(expression));
}

const whole: Readonly<Record<keyof CronTimes, number>> = { minutes: 60, hours: 24, days: 31, months: 12, weekdays: 7 };

function cronText({ minutes, hours, days, months, weekdays }: CronTimes): string {
  const fields = Object.entries({ minutes, hours, days, months, weekdays } satisfies CronTimes);
  return fields.map(([field, values]) => (isWhole(field, values) ? '*' : runs(values))).join(' ');
}

function isWhole(field: string, values: readonly number[]): boolean {
  return Object.entries(whole).some(([name, size]) => name === field && size === values.length);
}

/** `1-5,7`. */
function runs(values: readonly number[]): string {
  const begins = values.filter((value) => !values.includes(value - 1));
  return begins
    .map((from) => {
      let to = from;
      while (values.includes(to + 1)) to += 1;
      return to === from ? `${from}` : `${from}-${to}`;
    })
    .join(',');
}

function calendarText(calendar: Calendar): string {
  const { second, minute, hour, dayOfMonth, month, year, dayOfWeek } = calendar;
  const text = cronText({
    minutes: valuesOf(minute),
    hours: valuesOf(hour),
    days: valuesOf(dayOfMonth),
    months: valuesOf(month),
    weekdays: valuesOf(dayOfWeek),
  });
  const seconds = runs(valuesOf(second));
  const years = runs(valuesOf(year));
  return [text, ...(seconds === '0' ? [] : [`at second ${seconds}`]), ...(years === '' ? [] : [`in ${years}`])].join(
    ' ',
  );
}

function valuesOf(ranges: readonly Range[] | null | undefined): number[] {
  const values = (ranges ?? []).flatMap(({ start, end, step }) => {
    const from = start ?? 0;
    const to = Math.max(from, end ?? 0);
    const by = Math.max(1, step ?? 1);
    return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, index) => from + index * by);
  });
  return [...new Set(values)].sort((a, b) => a - b);
}
