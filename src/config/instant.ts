import { z } from 'zod';
import type { Values } from './values.ts';

const instantError =
  'must be a date like 2026-01-31, which begins at midnight UTC, or a time with its zone like 2026-01-31T06:00:00+01:00';
const pattern = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/i;

/** A moment as ISO 8601 in UTC, from a date or from a date and time with its zone. */
export function instantSchema(values: Values): z.ZodType<string> {
  return values.text(instantError).transform((text, context) => {
    const [, day] = pattern.exec(text.trim()) ?? [];
    const moment = new Date(text.trim());
    // `Date` makes the 2nd of March of the 30th of February.
    const isDay = day !== undefined && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day);
    if (isDay && !Number.isNaN(moment.getTime())) return moment.toISOString();
    context.addIssue({ code: 'custom', message: instantError });
    return z.NEVER;
  });
}
