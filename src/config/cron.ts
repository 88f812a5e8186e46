interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly words?: readonly string[];
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const fields: readonly Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, words: months },
  { name: 'day of week', from: 0, to: 7, words: weekdays },
];

const shorthands: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** What is wrong with a five-field cron expression, in words, or undefined. Temporal refuses some only at run time. */
export function cronProblem(expression: string): string | undefined {
  const text = expression.trim();
  if (text.startsWith('@')) {
    return shorthands[text] === undefined
      ? `knows of the short forms only ${Object.keys(shorthands).join(', ')}`
      : undefined;
  }
  const parts = text.split(/\s+/);
  if (parts.length !== fields.length) {
    return `needs five fields (minute, hour, day of month, month, day of week), like \`0 6 * * *\`; it has ${parts.length}`;
  }
  const wrong = fields.find((field, index) => valuesOf(parts[index] ?? '', field) === undefined);
  return (
    wrong && `has a wrong ${wrong.name}: use \`*\`, ${wrong.from}–${wrong.to}, ranges, lists or steps like \`*/2\``
  );
}

/** The numbers that each field stands for, as Temporal reads it: Sunday is 0. */
export interface CronTimes {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly months: readonly number[];
  readonly weekdays: readonly number[];
}

/** Of an expression in which `cronProblem` finds nothing. */
export function cronTimes(expression: string): CronTimes {
  const text = expression.trim();
  const parts = (shorthands[text] ?? text).split(/\s+/);
  const [minutes = [], hours = [], days = [], inMonths = [], onDays = []] = fields.map(
    (field, index) => valuesOf(parts[index] ?? '', field) ?? [],
  );
  return { minutes, hours, days, months: inMonths, weekdays: sorted(onDays.map((day) => day % 7)) };
}

/** Milliseconds between the two nearest times of one day; where every day has some, also over midnight. */
export function shortestGap(expression: string): number {
  const { minutes, hours, days, weekdays: onDays } = cronTimes(expression);
  const times = hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
  const daily = days.length === 31 && onDays.length === 7;
  const first = times[0] ?? 0;
  const following = [...times.slice(1), daily ? first + 24 * 60 : Number.POSITIVE_INFINITY];
  return Math.min(...times.map((time, index) => (following[index] ?? 0) - time)) * 60_000;
}

function valuesOf(list: string, field: Field): number[] | undefined {
  const parts = list.split(',').map((part) => rangeOf(part, field));
  return parts.includes(undefined) ? undefined : sorted(parts.flatMap((values) => values ?? []));
}

function rangeOf(part: string, field: Field): number[] | undefined {
  const match = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
  if (match === null) return undefined;
  const [, first = '', last, step] = match;
  if (step !== undefined && (Number(step) < 1 || Number(step) > field.to)) return undefined;
  if (first === '*' && last !== undefined) return undefined;
  const from = first === '*' ? field.from : numberOf(first, field);
  // A step alone goes on to the end: `5/15` is 5, 20, 35, 50.
  const open = first === '*' || (last === undefined && step !== undefined);
  const to = open ? field.to : last === undefined ? from : numberOf(last, field);
  if (from === undefined || to === undefined || from > to) return undefined;
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).filter(
    (value) => (value - from) % Number(step ?? 1) === 0,
  );
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function numberOf(word: string, field: Field): number | undefined {
  const named = field.words?.indexOf(word.toUpperCase()) ?? -1;
  if (named >= 0) return named + field.from;
  const value = /^\d{1,2}$/.test(word) ? Number(word) : -1;
  return value >= field.from && value <= field.to ? value : undefined;
}
