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

const shorthands = ['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually'];

/** What is wrong with a five-field cron expression, in words, or undefined. Temporal refuses some only at run time. */
export function cronProblem(expression: string): string | undefined {
  const text = expression.trim();
  if (text.startsWith('@')) {
    return shorthands.includes(text) ? undefined : `knows of the short forms only ${shorthands.join(', ')}`;
  }
  const parts = text.split(/\s+/);
  if (parts.length !== fields.length) {
    return `needs five fields (minute, hour, day of month, month, day of week), like \`0 6 * * *\`; it has ${parts.length}`;
  }
  const wrong = fields.find((field, index) => !(parts[index] ?? '').split(',').every((part) => fits(part, field)));
  return (
    wrong && `has a wrong ${wrong.name}: use \`*\`, ${wrong.from}–${wrong.to}, ranges, lists or steps like \`*/2\``
  );
}

function fits(part: string, field: Field): boolean {
  const match = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
  if (match === null) return false;
  const [, first = '', last, step] = match;
  if (step !== undefined && (Number(step) < 1 || Number(step) > field.to)) return false;
  if (first === '*') return last === undefined;
  const from = numberOf(first, field);
  const to = last === undefined ? from : numberOf(last, field);
  return from !== undefined && to !== undefined && from <= to;
}

function numberOf(word: string, field: Field): number | undefined {
  const named = field.words?.indexOf(word.toUpperCase()) ?? -1;
  if (named >= 0) return named + field.from;
  const value = /^\d{1,2}$/.test(word) ? Number(word) : -1;
  return value >= field.from && value <= field.to ? value : undefined;
}
