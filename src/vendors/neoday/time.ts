/**
 * Times without a zone (`2024-06-20 09:35:57.123`) read in a connection's zone. Where summer time makes one happen twice
 * or not at all, it is read like Temporal's `compatible`: the earlier of the two, or as far behind the gap as it is in it.
 */
export interface LocalTimes {
  /** As it stands in `time_zone`; null for UTC. */
  readonly zone: string | null;
  /**
   * UTC offset of a local time as PostgreSQL reads it (`+02`, `+05:30`), for the ten characters of its day and the rest,
   * `HH:MM:SS` at least. Null where there is no such day.
   */
  offset(day: string, time: string): Offset | null;
}

export interface Offset {
  readonly text: string;
  /** False where the zone has the local time twice or not at all: then it does not give the local text back. */
  readonly certain: boolean;
}

/** @throws RangeError where there is no such zone. */
export function localTimes(timeZone = 'UTC'): LocalTimes {
  if (isUtc(timeZone)) return remembering(null, () => utc);
  const offsetAt = offsetsOf(timeZone);
  return remembering(timeZone, (midnight) => dayOffset(midnight, offsetAt));
}

function isUtc(timeZone: string): boolean {
  return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone === 'UTC';
}

type DayOffset = Offset | ((time: string) => Offset);

const utc: Offset = { text: '+00', certain: true };
const atMost = 20_000;

/** Rows of a file share few days; of each only one look at the zone's rules is taken. */
function remembering(zone: string | null, read: (midnight: number) => DayOffset): LocalTimes {
  const days = new Map<string, DayOffset | null>();
  const learn = (day: string): DayOffset | null => {
    if (days.size >= atMost) days.clear();
    const midnight = midnightOf(day);
    const known = midnight === null ? null : read(midnight);
    days.set(day, known);
    return known;
  };
  return {
    zone,
    offset: (day, time) => {
      const known = days.get(day) ?? learn(day);
      return typeof known === 'function' ? known(time) : known;
    },
  };
}

/** Milliseconds of a day's first moment as if it were in UTC; null where there is no such day. */
function midnightOf(day: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || day.startsWith('0000')) return null;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day) ? null : midnight;
}

const hour = 3_600_000;
const dayLength = 24 * hour;

/** One offset for a day whose surroundings know no other, else one to be told for each time. */
function dayOffset(midnight: number, offsetAt: (instant: number) => number): DayOffset {
  const around = [-24, -12, 0, 12, 24, 36, 48].map((hours) => offsetAt(midnight + hours * hour));
  const [first = 0] = around;
  if (around.every((offset) => offset === first)) return { text: offsetText(first), certain: true };
  return (time) => exactOffset(midnight + Date.parse(`1970-01-01T${time.slice(0, 8)}Z`), offsetAt);
}

/** Both where a time comes twice and where it never comes, the offset before the change is the right one. */
function exactOffset(local: number, offsetAt: (instant: number) => number): Offset {
  const before = offsetAt(local - dayLength);
  const after = offsetAt(local + dayLength);
  const possible = [...new Set([before, after])].filter((offset) => offsetAt(local - offset) === offset);
  const [only] = possible;
  if (only !== undefined && possible.length === 1) return { text: offsetText(only), certain: true };
  return { text: offsetText(before), certain: false };
}

/** Milliseconds that local time is ahead of UTC at an instant. */
function offsetsOf(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    era: 'short',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  return (instant) => {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const part = (name: string) => Number(parts[name]);
    const local = new Date(0);
    local.setUTCFullYear(parts.era === 'BC' ? 1 - part('year') : part('year'), part('month') - 1, part('day'));
    local.setUTCHours(part('hour'), part('minute'), part('second'));
    return local.getTime() - Math.floor(instant / 1000) * 1000;
  };
}

function offsetText(milliseconds: number): string {
  const seconds = Math.abs(milliseconds) / 1000;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  while (parts.length > 1 && parts.at(-1) === 0) parts.pop();
  return (milliseconds < 0 ? '-' : '+') + parts.map((part) => String(part).padStart(2, '0')).join(':');
}
