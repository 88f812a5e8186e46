import { afterAll, beforeAll, expect, it } from 'vitest';
import { cliOf } from '../support/cli-of.ts';
import { World } from '../support/world.ts';
import { differences, exampleOf } from './documents.ts';

/** A heading of docs/json.md, and what to type; RUN is the id of a run. */
export type Case = readonly [heading: string, args: readonly string[]];

/** Runs each command with --json in a world with a schedule and a record that was put aside, and compares. */
export function compareWithDocs(cases: readonly Case[]): void {
  let world: World;
  let runId: string;

  beforeAll(async () => {
    world = await World.create({
      sandbox: { sizes: { projects: 5, credits: 20, utilizations: 30 } },
      connection: { schedule: { every: '1h' } },
    });
    const [bad] = [...world.sandbox.records('incentify', 'projects')];
    world.sandbox.edit('incentify', 'projects', { op: 'update', id: bad!.id!, set: { title: 5 } });
    await world.worker();
    ({ runId } = await world.sync());
  });
  afterAll(() => world?.close());

  it.each(cases)('%s', { timeout: 60_000 }, async (heading, args) => {
    const typed = args.map((word) => (word === 'RUN' ? runId : word));
    const { stdout, stderr } = await cliOf(world, [...typed, '--json', '--quiet']);
    expect(stdout.split('\n'), stderr).toHaveLength(2);
    expect(differences(exampleOf(heading), JSON.parse(stdout))).toEqual([]);
  });
}
