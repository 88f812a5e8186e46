import { z } from 'zod';
import { VendorContractError } from '../../errors.ts';
import { readAnswer } from '../read-answer.ts';
import { SignedUrl } from './signed-url.ts';

/**
 * The answers of NeoDay's gateway (dev.neoday.com/server-apis/automated-exports). Keys that are not documented are
 * ignored. Times come as ISO 8601 with an offset and are given on as ISO 8601 in UTC.
 */

export interface NeodayResult {
  readonly id: string;
  readonly createdAt: string;
  /** Null where the vendor does not say. */
  readonly expiresAt: string | null;
}

export interface NeodayExport {
  readonly id: string;
  /** `win-info`: the name in addresses; files write it with underscores. */
  readonly systemName: string;
  /** Null for an export that has never run. */
  readonly lastRun: NeodayResult | null;
}

export interface ResultsPage {
  /** In the vendor's order, which is not documented. */
  readonly results: NeodayResult[];
  /** Null where the vendor does not say. */
  readonly total: number | null;
}

/** Part of an address, so it must be one step of a path. */
const name = z
  .union([z.string(), z.int().transform(String)])
  .refine((text) => /^[^\p{Cc}/\\]{1,200}$/u.test(text) && text.trim() !== '' && !/^\.+$/.test(text));

const instant = z.string().transform((text, context) => {
  const moment = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (!Number.isNaN(moment.getTime())) return moment.toISOString();
  context.addIssue({ code: 'custom' });
  return z.NEVER;
});

const result = z
  .looseObject({ id: name, created_at: instant, expires_at: instant.nullish() })
  .transform(({ id, created_at: createdAt, expires_at: expiresAt }): NeodayResult => {
    return { id, createdAt, expiresAt: expiresAt ?? null };
  });

const exportsAnswer = z.array(
  z
    .looseObject({ id: name, system_name: name, last_run: result.nullish() })
    .transform(({ id, system_name: systemName, last_run: lastRun }): NeodayExport => {
      return { id, systemName, lastRun: lastRun ?? null };
    }),
);

const resultsAnswer = z
  .looseObject({ results: z.array(result), total: z.int().nonnegative().nullish() })
  .transform(({ results, total }): ResultsPage => ({ results, total: total ?? null }));

const fetchAnswer = z
  .looseObject({ result: z.looseObject({ id: name.optional(), download_url: z.string() }) })
  .transform(({ result: { id, download_url: url } }) => ({ id, url }));

/** @throws VendorContractError */
export function readExports(body: Buffer, place: string): NeodayExport[] {
  return readAnswer(exportsAnswer, body, place, 'a list of exports');
}

/** @throws VendorContractError */
export function readResults(body: Buffer, place: string): ResultsPage {
  return readAnswer(resultsAnswer, body, place, 'a page of results');
}

/** @throws VendorContractError */
export function readDownloadUrl(body: Buffer, place: string, resultId: string): SignedUrl {
  const { id, url: text } = readAnswer(fetchAnswer, body, place, 'a download URL');
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new VendorContractError(`${place} sent a download URL that is no http or https URL.`);
  }
  if (id !== undefined && id !== resultId) throw new VendorContractError(`${place} sent the file of another result.`);
  return new SignedUrl(url);
}
