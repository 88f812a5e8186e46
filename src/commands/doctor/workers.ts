import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { workersOn } from '../../operations/pollers.ts';
import { connectionTaskQueue, taskQueue } from '../../workflows/names.ts';
import { failed, type Line, ok } from './finding.ts';
import type { Site } from './site.ts';

interface Queue {
  readonly name: string;
  readonly kinds: readonly ('workflow' | 'activity')[];
  readonly connection: string | null;
}

/** Whether somebody takes the work of every queue that the file's connections need. */
export async function checkWorkers(site: Site): Promise<Line[]> {
  const client = await site.namespace();
  const main: Queue = { name: taskQueue, kinds: ['workflow', 'activity'], connection: null };
  const rated = site.connections
    .filter(({ system }) => system === 'atobi')
    .map(({ name }): Queue => ({ name: connectionTaskQueue(name), kinds: ['activity'], connection: name }));
  return Promise.all([main, ...rated].map((queue) => queueLine(site, client, queue)));
}

async function queueLine(site: Site, client: Client, { name, kinds, connection }: Queue): Promise<Line> {
  const what = 'worker';
  const found = await Promise.all(kinds.map((kind) => workersOn(client, name, kind)));
  const lacking = kinds.filter((_, index) => found[index]?.length === 0);
  if (lacking.length > 0) {
    const sentence = `nobody takes ${lacking.join(' or ')} tasks of the queue ${name}, so runs wait`;
    return failed(what, sentence, remedyOf(site), connection);
  }
  const [newest] = found.flat().sort((a, b) => b.askedAt - a.askedAt);
  const workers = new Set(found.flat().map(({ identity }) => identity)).size;
  const ago = Math.max(0, Math.round((Date.now() - (newest?.askedAt ?? 0)) / 1000));
  return ok(
    what,
    `${workers} ${workers === 1 ? 'takes' : 'take'} work from ${name}, heard of ${ago} s ago`,
    connection,
  );
}

function remedyOf({ running, dataDirectory, command }: Site): string {
  const remedy = `Type \`${command('worker')}\`, and leave it running`;
  return running === null
    ? `${remedy}.`
    : `${remedy}; ${join(dataDirectory, 'logs', 'worker.log')} says what became of the one that start has.`;
}
