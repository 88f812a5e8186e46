import { z } from 'zod';
import { faultKind, scope } from '../../faults/fault.ts';
import { changeTail, type Tail } from '../envelope.ts';

/** A `links.next` that leads astray: to itself, back, past a page, to the end too early, to another host. */
export const next = faultKind(
  'next',
  z.strictObject({
    kind: z.literal('next'),
    ...scope,
    to: z.union([
      z.enum(['same', 'first', 'previous', 'skip-one', 'end', 'other-host']),
      /** Exactly this. */
      z.strictObject({ url: z.unknown() }),
    ]),
  }),
  ({ to }) => ({
    change: (answer) => ({
      ...answer,
      body: changeTail(answer.body, (tail) => ({ ...tail, links: { ...tail.links, next: target(tail, to) } })),
    }),
  }),
);

type Destination = 'same' | 'first' | 'previous' | 'skip-one' | 'end' | 'other-host' | { url?: unknown };

function target({ meta, links }: Tail, to: Destination): unknown {
  if (typeof to === 'object') return to.url;
  const page = meta.current_page;
  switch (to) {
    case 'same':
      return pageLink(links.first, page);
    case 'first':
      return links.first;
    case 'previous':
      return pageLink(links.first, Math.max(1, page - 1));
    case 'skip-one':
      return pageLink(links.first, page + 2);
    case 'end':
      return null;
    case 'other-host':
      return `http://elsewhere.example.test/projects?page=${page + 1}`;
  }
}

function pageLink(first: string, page: number): string {
  return first.replace(/page=1$/, `page=${page}`);
}
