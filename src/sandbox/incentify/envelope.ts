/** Incentify's envelope as bytes: code, success, data, errors, meta, links. */
/** How `links` are written: some servers say their own name wrongly, behind a proxy. */
export type LinkStyle = 'absolute' | 'relative' | 'other-scheme' | 'other-base-path';

/** What `links.next` is on the last page. */
export type EndOfList = 'null' | 'empty' | 'missing';

export interface PagePlace {
  page: number;
  perPage: number;
  total: number;
  /** Scheme, host and port that the client used, without a slash at the end. */
  origin: string;
  /** Path of the list, from the root. */
  path: string;
  links: LinkStyle;
  end: EndOfList;
}

/** The envelope after its data. */
export interface Tail {
  meta: { current_page: number; last_page: number; total: number };
  links: { first: string };
}

const head = '{"code":200,"success":1,"data":[';
const tailStart = '],"errors":[],"meta":';

/** `records` are raw JSON texts of this page, sent as they are. */
export function pageEnvelope(records: readonly string[], place: PagePlace): Buffer {
  return Buffer.from(`${head}${records.join(',')}${tailStart}${meta(records.length, place)},"links":${links(place)}}`);
}

export function failureEnvelope(code: number, message: string): Buffer {
  return Buffer.from(JSON.stringify({ code, success: 0, data: [], errors: { message } }));
}

/** Changes what follows the data and leaves every byte of the data alone; a body that is no page stays as it is. */
export function changeTail(body: Buffer, change: (tail: Tail) => object): Buffer {
  // The last one, because a note in the data could hold the same text; the tail itself cannot: it has its quotes escaped.
  const at = body.lastIndexOf(tailStart);
  if (at < 0) return body;
  const tail: Tail = JSON.parse(`{${body.toString('utf8', at + 2)}`);
  const changed = JSON.stringify(change(tail));
  return Buffer.concat([body.subarray(0, at + 1), Buffer.from(`,${changed.slice(1)}`)]);
}

export function lastPage({ total, perPage }: Pick<PagePlace, 'total' | 'perPage'>): number {
  return Math.max(1, Math.ceil(total / perPage));
}

function meta(count: number, place: PagePlace): string {
  const before = (place.page - 1) * place.perPage;
  return JSON.stringify({
    current_page: place.page,
    from: count === 0 ? null : before + 1,
    last_page: lastPage(place),
    path: listUrl(place),
    per_page: place.perPage,
    to: count === 0 ? null : before + count,
    total: place.total,
  });
}

function links(place: PagePlace): string {
  const url = listUrl(place);
  const last = lastPage(place);
  return JSON.stringify({
    first: `${url}?page=1`,
    last: `${url}?page=${last}`,
    prev: place.page > 1 ? `${url}?page=${place.page - 1}` : null,
    next: place.page < last ? `${url}?page=${place.page + 1}` : endOfList(place.end),
  });
}

/** `undefined` leaves the key out. */
function endOfList(end: EndOfList): null | '' | undefined {
  if (end === 'missing') return undefined;
  return end === 'empty' ? '' : null;
}

function listUrl({ origin, path, links: style }: PagePlace): string {
  switch (style) {
    case 'relative':
      return path;
    case 'other-scheme':
      return `${origin.replace(/^http:/, 'https:')}${path}`;
    case 'other-base-path':
      return `${origin}/internal/v9${path.slice(path.lastIndexOf('/'))}`;
    case 'absolute':
      return `${origin}${path}`;
  }
}
