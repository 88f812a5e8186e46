import { hash } from 'node:crypto';

/** What tells an element from every other: a KPI, whom it is about, and the period. */
export interface ElementKey {
  readonly kpi: string;
  /** It or `locationId` is there. */
  readonly userId: string | null;
  readonly locationId: string | null;
  /** `YYYY-MM-DD HH:MM:SS` in UTC; so are the next two. */
  readonly timestamp: string;
  readonly dateFrom: string | null;
  readonly dateTo: string | null;
}

/**
 * The key as text, the same for the same element for ever. The timestamp is part of it only where there is no period:
 * a value of a month that is told again on another day is still the value of that month.
 */
export function keyText({ kpi, userId, locationId, timestamp, dateFrom, dateTo }: ElementKey): string {
  const moment = dateFrom === null && dateTo === null ? timestamp : null;
  return JSON.stringify([kpi, userId, locationId, dateFrom, dateTo, moment]);
}

/** An id for a key's text. Another salt gives another one. */
export type IdOf = (key: string, salt: number) => string;

/**
 * The element's id for the vendor, 1 to 2^53 − 1 in decimal, which every JSON reader keeps exactly. It depends on nothing
 * but the key, so that a restored database gives the same ones. The salt is 0 but for a key whose id another key has
 * already: among a million elements that happens once in 18,000 databases.
 */
export const elementId: IdOf = (key, salt) => {
  const digest = hash('sha256', salt === 0 ? key : `${key}${salt}`, 'buffer');
  const id = digest.readBigUInt64BE() >> 11n;
  // One in 2^53 would be 0, which is no id.
  return (id === 0n ? 1n : id).toString();
};
