import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { gather } from '../../src/commands/explain-facts.ts';
import { type Explanation, explainRun } from '../../src/operations/explain.ts';
import type { Run } from '../../src/operations/runs.ts';
import { type NotedCause, readCauses } from '../../src/store/causes.ts';
import { openStore } from '../../src/store/connect.ts';
import { readInstallation } from '../../src/store/overview.ts';
import { progressQuery } from '../../src/workflows/messages.ts';
import type { World } from '../support/world.ts';

/** What `explain` finds out about a connection or a run. */
export async function explained(world: World, what: string): Promise<Explanation> {
  const store = openStore({ url: world.databaseUrl, applicationName: 'test', maxConnections: 2 });
  try {
    const installation = (await readInstallation(store.sql)) ?? '';
    const servers = { databaseUrl: world.databaseUrl, temporal: undefined, webUi: null };
    const { facts } = await gather(
      { config: world.config, servers, store, installation, temporal: world.client },
      what,
    );
    return explainRun(facts);
  } finally {
    await store.close();
  }
}

/** The journal of a run by `kind` or `kind stream`. */
export async function journal(world: World, runId: string): Promise<Record<string, NotedCause>> {
  const causes = await readCauses(world.sql, runId);
  return Object.fromEntries(causes.map((cause) => [`${cause.kind} ${cause.stream}`.trim(), cause]));
}

export const setKey = (world: World, key: string) => writeFile(join(world.folder, 'key.txt'), `${key}\n`);

export const shows = (run: Run, status: string) =>
  expect
    .poll(async () => (await run.handle.query(progressQuery)).status, { timeout: 10_000, interval: 30 })
    .toBe(status);

export const sentences = ({ because }: Explanation): string => because.map(({ sentence }) => sentence).join('\n');
