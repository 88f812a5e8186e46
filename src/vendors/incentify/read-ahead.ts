import { VendorContractError } from '../../errors.ts';
import type { IncentifyPage } from './client.ts';
import { pageNumber, pageQuery, sameQuery } from './next-link.ts';

/** Where a pass stands: what `sync.cursors` keeps of it. */
export interface Position {
  /** Number of the next page in the pass, from 1. */
  page: number;
  /** Query of the next page; empty before the first. */
  query: string;
  lastPage: number | null;
  /** True once the vendor's links did not follow the numbers: pages are then read one after another. */
  linked: boolean;
}

export interface ArrivedPage {
  page: number;
  query: string;
  answer: IncentifyPage;
  /** Where the pass stands once this page is committed; null after the last page. */
  next: Position | null;
}

export interface ReadAheadOptions {
  start: Position;
  concurrency: number;
  fetchPage: (query: string) => Promise<IncentifyPage>;
  /** False stops new requests; those under way still arrive. */
  goOn: () => boolean;
}

interface Asked {
  page: number;
  query: string;
  answer: Promise<IncentifyPage>;
}

/**
 * The pages of a list, in order. Where the vendor tells the last page, up to `concurrency` pages are asked for at once by
 * their guessed numbers, and each page's own link is checked against the guess; on a mismatch what was guessed is thrown
 * away and links are followed one by one.
 */
export async function* readAhead(options: ReadAheadOptions): AsyncGenerator<ArrivedPage, void> {
  let position: Position | null = options.start;
  let asked: Asked[] = [];
  while (position !== null) {
    asked = askAhead(options, position, asked);
    const head = asked.shift();
    if (head === undefined) return;
    const answer = await head.answer;
    const next = follow(position, head, answer, asked[0]);
    yield { page: head.page, query: head.query, answer, next };
    if (next?.linked) asked = [];
    position = next;
  }
}

function askAhead(options: ReadAheadOptions, position: Position, asked: Asked[]): Asked[] {
  const wanted = [...asked];
  const reach = position.linked || position.lastPage === null ? 1 : options.concurrency;
  while (wanted.length < reach && options.goOn()) {
    const query = wanted.length === 0 ? firstQuery(position) : guess(position, wanted.length);
    if (query === null) break;
    const page = position.page + wanted.length;
    const answer = options.fetchPage(query);
    // A page that is thrown away, or that fails behind one that failed first, must not end the process.
    answer.catch(() => undefined);
    wanted.push({ page, query, answer });
  }
  return wanted;
}

function firstQuery(position: Position): string {
  return position.query === '' ? pageQuery(1, '') : position.query;
}

/** The query of the page so many after the next one; null where there is none, or no number to count from. */
function guess(position: Position, ahead: number): string | null {
  const from = pageNumber(firstQuery(position));
  if (from === null || position.lastPage === null || from + ahead > position.lastPage) return null;
  return pageQuery(from + ahead, position.query);
}

function follow(
  position: Position,
  { page, query }: Asked,
  answer: IncentifyPage,
  guessed: Asked | undefined,
): Position | null {
  if (answer.next === null || isBeyondTheEnd(page, query, answer)) return null;
  refuseLoop(query, answer.next);
  const byNumber = pageNumber(answer.next) === (pageNumber(query) ?? 1) + 1;
  refuseEndless(page, answer);
  const asGuessed = guessed === undefined || sameQuery(guessed.query, answer.next);
  const linked = position.linked || !byNumber || !asGuessed;
  return { page: page + 1, query: answer.next, lastPage: answer.lastPage, linked };
}

/** Many times the pages that the vendor says there are: a `last_page` may lie, but not so. */
function refuseEndless(page: number, { lastPage }: IncentifyPage): void {
  if (lastPage === null || page < 10 * lastPage + 1000) return;
  throw new VendorContractError(
    `Incentify sent page ${page} of a list of ${lastPage} pages, with a \`links.next\` to yet another: the list would never end.`,
  );
}

/** An empty page after the last one ends a list whose links do not. Whether all was shown, the count tells. */
function isBeyondTheEnd(page: number, query: string, { records, lastPage }: IncentifyPage): boolean {
  return records.length === 0 && lastPage !== null && (pageNumber(query) ?? page) >= lastPage;
}

/** A link back to a page that was read already would make the pass endless. */
function refuseLoop(query: string, next: string): void {
  const [from, to] = [pageNumber(query), pageNumber(next)];
  const back = from !== null && to !== null && to <= from;
  if (back || sameQuery(query, next)) {
    throw new VendorContractError(
      'Incentify sent a `links.next` that leads back to a page already read, so the list would never end.',
    );
  }
}
