import { type JournalRow, journalOf } from '../atobi/pushing.ts';
import type { World } from './world.ts';

/** What the sandbox has taken beside what the journal says. */
export interface Truth {
  journal: JournalRow[];
  /** By id: how often the sandbox took the element, and with which value last. */
  taken: ReadonlyMap<number, { times: number; value: string }>;
  /** What `atobi.elements` says: ids and the accepted value, null where it is not accepted. */
  elements: readonly { id: number; value: string; state: string; accepted: string | null }[];
}

export async function truthOf(world: World): Promise<Truth> {
  const elements = await world.sql<{ id: number; value: string; state: string; accepted: string | null }[]>`
    SELECT id::float8, value::text, state, accepted_value::text AS accepted FROM atobi.elements`;
  const taken = world.sandbox.atobi.accepted().map(({ id, takenAt, value }) => [id, { times: takenAt.length, value }]);
  return {
    journal: await journalOf(world),
    taken: new Map(taken as [number, { times: number; value: string }][]),
    elements,
  };
}

/** Elements of deliveries that are unknown and of which a later delivery says that it repeats them. */
export function resentAfterUnknown(journal: readonly JournalRow[]): ReadonlyMap<number, number> {
  const byDelivery = new Map(journal.map((row) => [row.delivery, row]));
  const times = new Map<number, number>();
  for (const row of journal) {
    if (row.state !== 'unknown') continue;
    for (const id of row.ids) {
      const again = journal.some(
        (later) => later.delivery > row.delivery && later.ids.includes(id) && goesBackTo(later),
      );
      if (again) times.set(id, (times.get(id) ?? 0) + 1);
    }
    function goesBackTo({ repeats }: JournalRow): boolean {
      for (let at = repeats; at !== null; at = byDelivery.get(at)?.repeats ?? null)
        if (at === row.delivery) return true;
      return false;
    }
  }
  return times;
}

/** Where the vendor, the journal and `atobi.elements` do not agree, in words, after a push that has sent so many. */
export function disagreements(truth: Truth, elements: number): string[] {
  const { taken } = truth;
  const complaints: string[] = [];
  if (truth.elements.length !== elements) complaints.push(`there are ${truth.elements.length} elements`);
  const lacking = truth.elements.filter(({ id }) => !taken.has(id)).length;
  if (lacking > 0) complaints.push(`the vendor lacks ${lacking} elements`);
  const other = truth.elements.filter(({ id, value }) => taken.has(id) && taken.get(id)?.value !== value).length;
  if (other > 0) complaints.push(`the vendor has ${other} elements with another value`);
  const open = truth.elements.filter(({ state, accepted, value }) => state !== 'accepted' || accepted !== value).length;
  if (open > 0) complaints.push(`${open} elements are not noted as accepted`);
  const sending = truth.journal.filter(({ state }) => state === 'sending').length;
  if (sending > 0) complaints.push(`${sending} deliveries are still \`sending\``);
  return [...complaints, ...unexplained(truth)];
}

/** Elements that the vendor took more often than the journal explains. */
export function unexplained({ journal, taken }: Truth): string[] {
  const resent = resentAfterUnknown(journal);
  const accepted = new Map<number, number>();
  for (const { ids } of journal.filter(({ state }) => state === 'accepted'))
    for (const id of ids) accepted.set(id, (accepted.get(id) ?? 0) + 1);
  const complaints: string[] = [];
  for (const [id, { times }] of taken) {
    if (times > 1 + (resent.get(id) ?? 0))
      complaints.push(`element ${id} was taken ${times} times, resent ${resent.get(id) ?? 0} times after unknown`);
  }
  for (const [id, times] of accepted)
    if (times > 1) complaints.push(`element ${id} stands in ${times} accepted deliveries`);
  return complaints.slice(0, 10);
}

/** Elements that the vendor has taken more than once. */
export const takenTwice = ({ taken }: Truth): number => [...taken.values()].filter(({ times }) => times > 1).length;
