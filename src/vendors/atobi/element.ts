/**
 * Elements as the vendor takes them: one value of one KPI for one user, one location or both
 * (help.atobi.io, "KPI Integration").
 */

export interface KpiElement {
  /** Ours, 1 to 2^53 − 1 in decimal; written as a JSON number. */
  readonly id: string;
  readonly kpi: string;
  /** It or `locationId` is there. */
  readonly userId: string | null;
  readonly locationId: string | null;
  /** As `readKpiValue` gives it. */
  readonly value: string;
  readonly units: string | null;
  /** `YYYY-MM-DD HH:MM:SS` in UTC, as `readKpiTime` gives it; so are the next two. */
  readonly timestamp: string;
  readonly dateFrom: string | null;
  readonly dateTo: string | null;
}

/** What a text says, or why it cannot be taken: the rest of a sentence that begins with what the text is. */
export type ReadText = { readonly text: string } | { readonly reason: string };

const longestValue = 64;

/** A number with the digits that it has; nothing is rounded, shortened or made up. */
export function readKpiValue(written: string): ReadText {
  if (/^-?\d+(\.\d+)?$/.test(written)) {
    return written.length <= longestValue
      ? { text: written }
      : { reason: `has ${written.length} characters, more than the ${longestValue} that are sent` };
  }
  return { reason: whyNoNumber(written) };
}

const number = 'give a number such as 17, -3 or 150.00';

function whyNoNumber(written: string): string {
  if (written.trim() === '') return `is empty: ${number}`;
  if (written !== written.trim()) return `has blanks around it: ${number}`;
  if (/^[+-]?(nan|inf(inity)?)$/i.test(written)) return `is no number that can be sent: ${number}`;
  if (/^[+-]?(\d+\.?\d*|\.\d+)e[+-]?\d+$/i.test(written)) return 'has an exponent: write all of its digits';
  if (/^[+-]?[\d.]*,[\d.,]*$/.test(written)) {
    return 'has a comma, which could divide decimals or thousands: write 1.5 with a point, and 1000 without anything';
  }
  if (/^\+\d+(\.\d+)?$/.test(written)) return 'begins with a plus sign: leave it out';
  return `is no number: ${number}`;
}

const clock = '(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d)?';
const zone = '[Zz]|[+-](?:0\\d|1[0-5])(?::?[0-5]\\d(?::[0-5]\\d)?)?';
const anyTime = new RegExp(`^(\\d{4}-\\d\\d-\\d\\d)(?:[Tt ](${clock})(?:\\.\\d{1,9})? ?(${zone})?)?$`);

/**
 * A moment at whole seconds, in UTC, as the vendor writes it (PHP's `Y-m-d H:i:s`). Without a zone it is meant in UTC,
 * without a time it is midnight. Fractions of a second are cut off. PostgreSQL's `timestamptz` texts are understood.
 */
export function readKpiTime(written: string): ReadText {
  const [, day, time = '00:00', offset = 'Z'] = anyTime.exec(written.trim()) ?? [];
  if (day === undefined) return { reason: whyNoTime(written) };
  const local = Date.parse(`${day}T${time}Z`);
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(day)) {
    return { reason: 'names a day that the calendar does not have' };
  }
  const text = new Date(local - offsetMs(offset)).toISOString().slice(0, 19).replace('T', ' ');
  return /^(?!0000)\d{4}-\d\d-\d\d /.test(text) ? { text } : { reason: 'is not in the years 1 to 9999' };
}

const moment = 'write YYYY-MM-DD, or YYYY-MM-DD HH:MM:SS with its zone or in UTC';

function whyNoTime(written: string): string {
  if (written.trim() === '') return `is empty: ${moment}`;
  if (/^\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b/.test(written)) {
    return `could mean another day elsewhere, since the day and the month may be either way round: ${moment}`;
  }
  return `is no date and time: ${moment}`;
}

/** Of `Z`, `+02`, `+0200`, `-05:30` or PostgreSQL's `+00:19:32`. */
function offsetMs(offset: string): number {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /^([+-])(\d\d):?(\d\d)?:?(\d\d)?$/.exec(offset) ?? [];
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ms : ms;
}
