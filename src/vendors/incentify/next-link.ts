import { VendorContractError } from '../../errors.ts';

/** `page=7` where a list's pages are asked for by number. */
export function pageQuery(page: number, template: string): string {
  const parameters = new URLSearchParams(template);
  parameters.set('page', String(page));
  return parameters.toString();
}

/** The page number in a query; null where it has none. */
export function pageNumber(query: string): number | null {
  const text = new URLSearchParams(query).get('page');
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** Whether two queries ask for the same, whatever the order of their parameters. */
export function sameQuery(one: string, other: string): boolean {
  return normal(one) === normal(other);
}

function normal(query: string): string {
  const parameters = new URLSearchParams(query);
  parameters.sort();
  return parameters.toString();
}

/**
 * The query of a `links.next`, which may be absolute, path-only or query-only. Scheme and base path are not compared,
 * since proxies rewrite them; only the query is kept and put on our own URL, so the key never goes anywhere else.
 *
 * @throws VendorContractError where the link names another host or asks for nothing.
 */
export function nextQuery(link: string, requested: URL, place: string): string {
  const base = requested.href;
  if (!URL.canParse(link, base)) throw new VendorContractError(`${place} sent a \`links.next\` that is no URL.`);
  const next = new URL(link, base);
  if (next.hostname !== requested.hostname) {
    throw new VendorContractError(
      `${place} sent a \`links.next\` to another host (${next.hostname}). Nothing was sent there. If that host is right, set it as \`baseUrl\`.`,
    );
  }
  const query = next.search.slice(1);
  if (query === '') throw new VendorContractError(`${place} sent a \`links.next\` without a query.`);
  return query;
}
