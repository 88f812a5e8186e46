import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VendorContractError } from '../../src/errors.ts';
import type { IncentifyPage } from '../../src/vendors/incentify/client.ts';
import { pageNumber } from '../../src/vendors/incentify/next-link.ts';
import { type Position, readAhead } from '../../src/vendors/incentify/read-ahead.ts';

const beginning: Position = { page: 1, query: '', lastPage: null, linked: false };

interface Source {
  /** What a query is answered with; an Error is thrown instead. */
  answer: (query: string) => Partial<IncentifyPage> | Error;
  concurrency?: number;
  start?: Position;
  goOn?: () => boolean;
}

/** Reads a source to its end. Answers come in an order of their own: later requests are answered first. */
async function read({ answer, concurrency = 4, start = beginning, goOn = () => true }: Source) {
  const asked: string[] = [];
  let [open, mostOpen] = [0, 0];
  const pages: { page: number; query: string; next: Position | null }[] = [];
  const fetchPage = async (query: string): Promise<IncentifyPage> => {
    asked.push(query);
    mostOpen = Math.max(mostOpen, ++open);
    await new Promise((resolve) => setTimeout(resolve, 4 - (asked.length % 4)));
    open--;
    const given = answer(query);
    if (given instanceof Error) throw given;
    return { body: Buffer.alloc(0), records: [], lastPage: null, total: null, next: null, ...given };
  };
  const outcome = { asked, pages, mostOpen: () => mostOpen, error: undefined as unknown };
  try {
    for await (const { page, query, next } of readAhead({ start, concurrency, goOn, fetchPage })) {
      pages.push({ page, query, next });
    }
  } catch (error) {
    outcome.error = error;
  }
  return outcome;
}

/** A list of so many pages by number, as the vendor documents it. */
const numbered =
  (lastPage: number, extra = '') =>
  (query: string) => {
    const page = pageNumber(query) ?? 1;
    return { lastPage, next: page < lastPage ? `page=${page + 1}${extra}` : null };
  };

const record = { start: 0, end: 0, id: null };

const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, index) => index + from);

describe('reading ahead', () => {
  it('gives every page once and in order, whatever the size and the concurrency', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 16 }), async (size, concurrency) => {
        const { pages, asked, mostOpen, error } = await read({ answer: numbered(size), concurrency });
        expect(error).toBeUndefined();
        expect(pages.map(({ page }) => page)).toEqual(numbers(size));
        expect(asked).toEqual(numbers(size).map((page) => `page=${page}`));
        expect(pages.at(-1)?.next).toBeNull();
        expect(mostOpen()).toBeLessThanOrEqual(concurrency);
      }),
      { numRuns: 25 },
    );
  });

  it('has as many requests open as it may, and no more', async () => {
    const { mostOpen } = await read({ answer: numbered(20), concurrency: 5 });
    expect(mostOpen()).toBe(5);
  });

  it('goes on in the middle, from where it stood', async () => {
    const start: Position = { page: 7, query: 'page=7&per_page=50', lastPage: 9, linked: false };
    const { pages, asked } = await read({ answer: numbered(9, '&per_page=50'), start });
    expect(pages.map(({ page }) => page)).toEqual([7, 8, 9]);
    expect(asked).toEqual([7, 8, 9].map((page) => `page=${page}&per_page=50`));
  });

  it('keeps the parameters that the vendor added', async () => {
    const { asked, pages } = await read({ answer: numbered(6, '&per_page=50') });
    expect(asked).toEqual(['page=1', ...numbers(5, 2).map((page) => `page=${page}&per_page=50`)]);
    expect(pages.every(({ next }) => next === null || !next.linked)).toBe(true);
  });

  it('follows cursors one by one', async () => {
    const chain: Record<string, string> = { 'page=1': 'cursor=b', 'cursor=b': 'cursor=c', 'cursor=c': 'cursor=d' };
    const { asked, pages, mostOpen } = await read({ answer: (query) => ({ lastPage: 4, next: chain[query] ?? null }) });
    expect(asked).toEqual(['page=1', 'cursor=b', 'cursor=c', 'cursor=d']);
    expect(pages.map(({ page }) => page)).toEqual([1, 2, 3, 4]);
    expect(mostOpen()).toBe(1);
  });

  it('follows the links one by one once they are not the numbers guessed, and throws the guesses away', async () => {
    const skipping = (query: string) => {
      const page = pageNumber(query) ?? 1;
      const next = page >= 3 ? page + 2 : page + 1;
      return { lastPage: 9, next: next <= 9 ? `page=${next}` : null };
    };
    const { pages, asked } = await read({ answer: skipping });
    expect(pages.map(({ query }) => pageNumber(query))).toEqual([1, 2, 3, 5, 7, 9]);
    expect(pages.map(({ next }) => next?.linked)).toEqual([false, false, true, true, true, undefined]);
    expect(asked.length).toBeLessThanOrEqual(pages.length + 4);
  });

  it('does not go on guessing where every link has another extra parameter', async () => {
    const answer = (query: string) => {
      const page = pageNumber(query) ?? 1;
      return { lastPage: 30, next: page < 30 ? `page=${page + 1}&stamp=${page}` : null };
    };
    const { pages, asked } = await read({ answer });
    expect(pages.map(({ query }) => query)).toEqual([
      'page=1',
      ...numbers(29, 2).map((page) => `page=${page}&stamp=${page - 1}`),
    ]);
    expect(asked.length).toBeLessThanOrEqual(30 + 3);
  });

  it('ends where the links end: a last page that says more does not prolong the list', async () => {
    const { pages } = await read({
      answer: (query) => ({
        lastPage: 99,
        next: (pageNumber(query) ?? 1) < 3 ? `page=${(pageNumber(query) ?? 1) + 1}` : null,
      }),
    });
    expect(pages).toHaveLength(3);
  });

  it('goes on where the links go on: a last page that says less does not end the list', async () => {
    const { pages, mostOpen } = await read({
      answer: (query) => ({ ...numbered(8)(query), lastPage: 2, records: [record] }),
    });
    expect(pages).toHaveLength(8);
    expect(mostOpen()).toBe(1);
  });

  it('ends at an empty page after the last one, whatever its link says', async () => {
    const { pages } = await read({
      answer: (query) => ({ ...numbered(9)(query), lastPage: 3, ...(query === 'page=5' ? {} : { records: [record] }) }),
    });
    expect(pages.map(({ query }) => query)).toEqual(['page=1', 'page=2', 'page=3', 'page=4', 'page=5']);
    expect(pages.at(-1)?.next).toBeNull();
  });

  it('gives a list up that goes on for many times the pages that it is said to have', async () => {
    const { error } = await read({
      answer: (query) => ({ ...numbered(1_000_000)(query), lastPage: 1, records: [record] }),
    });
    expect(String(error)).toMatch(/page 1010 of a list of 1 pages/);
  });

  it('follows a list that shrinks or grows while it is read', async () => {
    for (const [before, after] of [
      [20, 6],
      [6, 20],
    ] as const) {
      const { pages, error } = await read({
        answer: (query) => numbered((pageNumber(query) ?? 1) < 5 ? before : after)(query),
      });
      expect(error).toBeUndefined();
      expect(pages.map(({ page }) => page)).toEqual(numbers(after));
    }
  });

  it('does not tell of the failure of a guess that nobody needs', async () => {
    const answer = (query: string) => {
      const page = pageNumber(query) ?? 1;
      if (page === 4 || page === 5) return new Error('a page that the links leave out');
      if (page === 2) return { lastPage: 6, next: 'page=6' };
      return numbered(6)(query);
    };
    const { error, pages } = await read({ answer });
    expect(error).toBeUndefined();
    expect(pages.map(({ query }) => query)).toEqual(['page=1', 'page=2', 'page=6']);
  });

  it('tells of the first failure in the order of pages, after the pages before it', async () => {
    const answer = (query: string) => {
      const page = pageNumber(query) ?? 1;
      return page === 3 || page === 4 ? new Error(`page ${page}`) : numbered(9)(query);
    };
    const { error, pages } = await read({ answer });
    expect(error).toEqual(new Error('page 3'));
    expect(pages.map(({ page }) => page)).toEqual([1, 2]);
  });

  it.each([
    ['to itself', (page: number) => `page=${page}`],
    ['back to the first', () => 'page=1'],
    ['back by one', (page: number) => `page=${page - 1}`],
  ])('refuses a link %s', async (_name, link) => {
    const answer = (query: string) => {
      const page = pageNumber(query) ?? 1;
      return { lastPage: 9, next: page === 3 ? link(page) : `page=${page + 1}` };
    };
    const { error, pages } = await read({ answer });
    expect(error).toBeInstanceOf(VendorContractError);
    expect((error as Error).message).toMatch(/leads back to a page already read/);
    expect(pages.map(({ page }) => page)).toEqual([1, 2]);
  });

  it('refuses a cursor that leads to itself', async () => {
    const { error } = await read({ answer: (query) => ({ next: query === 'page=1' ? 'cursor=a' : 'cursor=a' }) });
    expect(error).toBeInstanceOf(VendorContractError);
  });

  it('asks for nothing more once it is told to stop, and still gives what is under way', async () => {
    let wanted = 6;
    const { pages, asked } = await read({ answer: numbered(50), goOn: () => wanted-- > 0 });
    expect(asked).toHaveLength(6);
    expect(pages.map(({ page }) => page)).toEqual(numbers(6));
    expect(pages.at(-1)?.next).toMatchObject({ page: 7, query: 'page=7', lastPage: 50 });
  });
});
