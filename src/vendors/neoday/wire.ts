import { z } from 'zod';
import { VendorContractError } from '../../errors.ts';
import { SignedUrl } from './signed-url.ts';
import type { IssuedToken } from './token.ts';

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

const longestLifeSeconds = 10 * 365 * 86_400;

const tokenAnswer = z
  .looseObject({
    // A header cannot carry anything else.
    access_token: z.string().regex(/^[\x21-\x7e]+$/),
    expires_in: z
      .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
      .pipe(z.number().nonnegative())
      .nullish(),
  })
  .transform(({ access_token: token, expires_in: seconds }): IssuedToken => {
    // An answer that does not say is trusted for an hour; one that has ended by then is refused and asked for anew.
    return { token, lifetimeMs: Math.min(seconds ?? 3600, longestLifeSeconds) * 1000 };
  });

/** @throws VendorContractError */
export function readExports(body: Buffer, place: string): NeodayExport[] {
  return read(exportsAnswer, body, place, 'a list of exports');
}

/** @throws VendorContractError */
export function readResults(body: Buffer, place: string): ResultsPage {
  return read(resultsAnswer, body, place, 'a page of results');
}

/** @throws VendorContractError */
export function readToken(body: Buffer, place: string): IssuedToken {
  return read(tokenAnswer, body, place, 'an access token');
}

/** @throws VendorContractError */
export function readDownloadUrl(body: Buffer, place: string, resultId: string): SignedUrl {
  const { id, url: text } = read(fetchAnswer, body, place, 'a download URL');
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new VendorContractError(`${place} sent a download URL that is no http or https URL.`);
  }
  if (id !== undefined && id !== resultId) throw new VendorContractError(`${place} sent the file of another result.`);
  return new SignedUrl(url);
}

function read<T>(schema: z.ZodType<T>, body: Buffer, place: string, what: string): T {
  const { data, error } = schema.safeParse(parse(body, place));
  if (error === undefined) return data;
  const [issue] = error.issues;
  const path = (issue?.path ?? [])
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('');
  const where = path === '' ? '' : ` (\`${path.replace(/^\./, '')}\` is missing or of the wrong kind)`;
  throw new VendorContractError(`${place} sent something that is not ${what} as documented${where}.`);
}

function parse(body: Buffer, place: string): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    const what = body.toString('latin1', 0, 200).trimStart().startsWith('<') ? 'an HTML page' : 'a body that is not';
    throw new VendorContractError(`${place} sent ${what === 'an HTML page' ? `${what} instead of` : what} JSON.`);
  }
}
