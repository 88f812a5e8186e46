import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRun } from '../../src/operations/runs.ts';
import { watchRun } from '../../src/operations/watch.ts';
import type { Receipt } from '../../src/receipt.ts';
import type { World } from '../support/world.ts';

/** Sizes that need two to six pages a stream. */
export const small = { projects: 60, credits: 120, utilizations: 260, incentivePrograms: 3 };

/** Gives a world other connections than its one; before its worker starts. Keys left out are as `portfolio` has them. */
export async function connections(world: World, wanted: Record<string, Record<string, unknown>>): Promise<void> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
  const usual = { system: 'incentify', baseUrl: world.sandbox.incentify.baseUrl, apiKey: '${PORTFOLIO_KEY}' };
  const entries = Object.entries(wanted).map(([name, keys]) => [name, { ...usual, ...keys }]);
  await writeFile(
    join(world.folder, 'incentive-sync.yaml'),
    JSON.stringify({ connections: Object.fromEntries(entries) }),
  );
}

/** Runs a connection to its end, or until it is parked. */
export async function syncOf(world: World, name: string, streams?: string[]): Promise<Receipt> {
  const connection = { name, system: 'incentify' } as const;
  const options = { trigger: 'person', installation: 'test', searchAttributes: true, streams } as const;
  const run = await startRun(world.client, connection, options);
  return watchRun(run, { signal: AbortSignal.timeout(60_000), pollMs: 50 });
}

/** What stands in the quarantine and is not resolved, in the order of pages. */
export function openQuarantine(world: World, stream: string) {
  return world.sql<{ record_id: string | null; path: string; reason: string; raw_text: string }[]>`
    SELECT record_id, path, reason, raw_text FROM sync.quarantine
    WHERE stream = ${stream} AND resolved_at IS NULL ORDER BY page, id`;
}
