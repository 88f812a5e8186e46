import { byStream, type Replayed, replayEntries } from '../activities/replay.ts';
import { count, printable } from '../screen/format.ts';
import type { Screen } from '../screen/screen.ts';
import { createSteps } from '../screen/steps.ts';
import { type EntryFilter, keptEntries } from '../store/quarantine-entries.ts';
import { closingSignal } from './closing.ts';
import type { EntryOptions } from './quarantine.ts';
import { chosen, meant, type Site, withStore } from './quarantine-site.ts';
import { type Outcome, Tally } from './quarantine-tally.ts';
import { exitCodes, leave, printJson } from './shared.ts';

const partial = 3;

/** Above so many, entries are told by what came of them and no longer one by one. */
const mostLines = 20;

/** Exit code 3 where an entry is left that could not be stored. */
export async function replayQuarantine(ids: number[], options: EntryOptions, screen: Screen): Promise<void> {
  const choice = chosen(ids, options, 'replay');
  const signal = closingSignal({ withParent: false });
  const tally = await withStore(options, (site) =>
    createSteps(screen).run(
      'Trying the records again',
      (step) => replayAll(site, choice, signal, step.say),
      (all) => `${count(all.count('replayed'))} of ${count(all.tried)} stored`,
    ),
  );
  for (const line of linesOf(tally)) screen.line(line);
  if (options.json) await printJson(JSON.stringify(documentOf(tally)));
  await leave(tally.count('unfit', 'superseded', 'impossible') > 0 ? partial : exitCodes.ok);
}

async function replayAll(
  site: Site,
  choice: EntryFilter,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<Tally> {
  const { config, store } = site;
  const { filter, total } = await meant(site, choice);
  const tally = new Tally();
  for await (const entries of keptEntries(store.sql, filter)) {
    const came: Replayed[] = [];
    for (const batch of byStream(entries)) {
      const connection = config.connections.find(({ name }) => name === batch[0]?.connection) ?? null;
      came.push(...(await replayEntries(store, batch, { connection, signal })));
    }
    for (const one of came.sort((a, b) => a.id - b.id)) tally.add(one);
    say(`Trying the records again: ${count(tally.tried)} of ${count(total)}`);
  }
  return tally;
}

function linesOf(tally: Tally): string[] {
  if (tally.tried <= mostLines) return tally.first.map(({ id, sentence }) => `${id}  ${printable(sentence)}`);
  return tally.outcomes.map(outcomeLine);
}

function outcomeLine({ sentence, count: times, ids }: Outcome): string {
  const which = times > ids.length ? `${ids.join(', ')}, …` : ids.join(', ');
  return `${count(times)}  ${printable(sentence)} (${which})`;
}

/** `replayed` has the first thousand one by one, `outcomes` counts all. */
function documentOf({ first, tried, outcomes }: Tally): object {
  return { replayed: first, tried, outcomes };
}
