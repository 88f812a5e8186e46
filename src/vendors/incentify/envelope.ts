import { z } from 'zod';
import { AuthenticationError, VendorContractError, VendorUnavailableError } from '../../errors.ts';
import { MalformedJson, type RecordSlice, splitPage } from '../json/split.ts';

/**
 * The answer of every Incentify list: `code`, `success`, `data`, `errors`, `meta`, `links`. `errors` is called an object
 * and shown as a list, so either is taken; unknown keys are ignored; a page without `meta` or `links` is a last page.
 */
const envelope = z.looseObject({
  code: z.number().optional(),
  success: z.union([z.number(), z.boolean()]).optional(),
  meta: z
    .looseObject({
      current_page: z.number().int().nullish(),
      last_page: z.number().int().max(2_147_483_647).nullish(),
      total: z.number().int().nonnegative().nullish(),
    })
    .nullish(),
  links: z.looseObject({ next: z.string().nullish() }).nullish(),
});

export interface ListPage {
  records: RecordSlice[];
  /** `meta.last_page`; null where the vendor does not say. */
  lastPage: number | null;
  /** `meta.total`; null where the vendor does not say. */
  total: number | null;
  /** `links.next` as sent; null at the end (null, empty and missing are the same). */
  next: string | null;
}

/**
 * Reads one list answer.
 *
 * @throws VendorUnavailableError for a body that is cut; VendorContractError for anything that is no documented list.
 */
export function readListPage(body: Buffer, place: string): ListPage {
  const { records, envelope: text } = split(body, place);
  const parsed = envelope.safeParse(parse(text, place));
  if (!parsed.success) throw new VendorContractError(`${place} sent an envelope that is not as documented.`);
  const { code, success, meta, links } = parsed.data;
  if (code === 401 || code === 403) {
    throw new AuthenticationError(
      `${place} answered code ${code}: it does not accept the key, or the key may not read this.`,
    );
  }
  if (success === 0 || success === false) throw new VendorContractError(`${place} answered \`success: 0\`.`);
  if (records === null) throw new VendorContractError(`${place} sent no list under \`data\`.`);
  return { records, lastPage: meta?.last_page ?? null, total: meta?.total ?? null, next: links?.next || null };
}

function split(body: Buffer, place: string) {
  const first = body.toString('latin1', 0, 200).trimStart()[0];
  if (first !== '{') {
    const what = first === '<' ? 'an HTML page instead of JSON' : 'no JSON object';
    throw new VendorContractError(`${place} sent ${what}. Check \`baseUrl\`.`);
  }
  try {
    return splitPage(body, 'data');
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    if (error.position >= body.length) throw new VendorUnavailableError(`${place} sent a body that is cut.`);
    throw new VendorContractError(`${place} sent a body that is not JSON (at byte ${error.position}).`);
  }
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new VendorContractError(`${place} sent an envelope that is not JSON.`);
  }
}
