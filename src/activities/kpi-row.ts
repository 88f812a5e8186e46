import type { ElementKey } from '../store/atobi/identity.ts';
import type { ElementSource, ShownRow } from '../store/atobi/staging.ts';
import { type ReadText, readKpiTime, readKpiValue } from '../vendors/atobi/element.ts';

/** A row of a source as it is written there; null and empty mean that nothing is. */
export interface WrittenRow {
  readonly kpi: string;
  readonly context: string | null;
  readonly user_id: string | null;
  readonly location_id: string | null;
  readonly value: string | null;
  readonly units: string | null;
  readonly timestamp: string | null;
  readonly date_from: string | null;
  readonly date_to: string | null;
}

/** A column that cannot be taken: the rest of a sentence that begins with its name, or a whole one without a column. */
interface Unfit {
  path: string;
  reason: string;
}

/** A row as an element that can be sent, or why there cannot be one. */
export function readKpiRow(row: WrittenRow, source: ElementSource): ShownRow {
  const key = readKey(row);
  const value = readValue(row.value, source);
  const unfit = 'reason' in key ? key : (value.unfit ?? unfitName('context', row.context) ?? unfitText(row.units));
  if (unfit === null && !('reason' in key)) {
    const { value: digits } = value;
    return { ...key, source, context: present(row.context) ?? row.kpi, value: digits, units: present(row.units) };
  }
  const { path, reason } = unfit ?? { path: '', reason: '' };
  return { kpi: row.kpi, source, key: 'reason' in key ? null : key, path, reason, raw: rawOf(row) };
}

const longestName = 200;
const longestText = 1_000;

function readKey(row: WrittenRow): ElementKey | Unfit {
  const [userId, locationId] = [present(row.user_id), present(row.location_id)];
  const unfit = unfitName('kpi', row.kpi) ?? unfitSubject('user_id', userId) ?? unfitSubject('location_id', locationId);
  if (unfit !== null) return unfit;
  if (userId === null && locationId === null) {
    return { path: '', reason: 'It names neither a user_id nor a location_id: give it one of them, or both' };
  }
  return withPeriod(row, { kpi: row.kpi, userId, locationId });
}

function withPeriod(row: WrittenRow, subject: Pick<ElementKey, 'kpi' | 'userId' | 'locationId'>): ElementKey | Unfit {
  const timestamp = readTime('timestamp', row.timestamp ?? '');
  const from = present(row.date_from) === null ? null : readTime('date_from', row.date_from ?? '');
  const to = present(row.date_to) === null ? null : readTime('date_to', row.date_to ?? '');
  for (const time of [timestamp, from, to]) if (time !== null && 'reason' in time) return time;
  const key = { ...subject, timestamp: textOf(timestamp), dateFrom: from && textOf(from), dateTo: to && textOf(to) };
  if (key.dateFrom === null || key.dateTo === null || key.dateFrom <= key.dateTo) return key;
  return { path: 'date_to', reason: 'lies before date_from: swap them' };
}

const textOf = (read: ReadText | Unfit): string => ('text' in read ? read.text : '');

function readTime(path: string, written: string): { text: string } | Unfit {
  const read = readKpiTime(written);
  return 'text' in read ? read : { path, reason: read.reason };
}

function readValue(written: string | null, source: ElementSource): { value: string; unfit: Unfit | null } {
  const read = readKpiValue(written ?? '');
  if ('text' in read) return { value: read.text, unfit: null };
  const floating = source === 'query' && /\de[+-]?\d+$/.test(written ?? '');
  const reason = floating ? 'has an exponent, as floating point does: cast it to numeric in the query' : read.reason;
  return { value: '', unfit: { path: 'value', reason } };
}

/** The same as the configuration takes. */
function unfitName(path: string, name: string | null): Unfit | null {
  if (path !== 'kpi' && present(name) === null) return null;
  if (name !== null && /^[^\p{Cc}\p{Cs}]{1,200}$/u.test(name) && name.trim() === name) return null;
  return { path, reason: `must have 1 to ${longestName} characters, without blanks around them` };
}

function unfitSubject(path: string, id: string | null): Unfit | null {
  if (id === null || (/^[^\p{Cc}\p{Cs}]{1,200}$/u.test(id) && id.trim() === id)) return null;
  return { path, reason: `must have 1 to ${longestName} characters, without blanks around them` };
}

function unfitText(units: string | null): Unfit | null {
  if (units === null || (units.length <= longestText && units.isWellFormed() && !units.includes('\0'))) return null;
  return { path: 'units', reason: `must have at most ${longestText} characters, all of them Unicode` };
}

const present = (text: string | null): string | null => (text === null || text === '' ? null : text);

/** PostgreSQL cannot hold a NUL in a text; nor can anybody read it. */
function rawOf(row: WrittenRow): string {
  return JSON.stringify(row).replaceAll('\\u0000', '\\ufffd');
}
