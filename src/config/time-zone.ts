import type { z } from 'zod';
import type { Values } from './values.ts';

const timeZoneError = 'is not a time zone that this machine knows: write one like `Europe/Amsterdam` or `UTC`';

/** Name of a time zone. A bare offset such as `+02:00` is refused: PostgreSQL and JavaScript read its sign differently. */
export function timeZoneSchema(values: Values): z.ZodType<string> {
  return values.text(timeZoneError).refine(isTimeZone, { error: timeZoneError });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
