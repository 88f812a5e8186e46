import { afterEach, describe, expect, it } from 'vitest';
import { downloadsOf, ledgerOf, rowDifferences } from '../support/exports.ts';
import { World } from '../support/world.ts';

const name = 'win-info';
const results = 120;

describe('an export with more results than anybody could read steps of', { timeout: 60_000 }, () => {
  let world: World;
  afterEach(() => world.close());

  const stepsOf = async (activity: string) => {
    const { events } = await world.client.workflow.getHandle(`sync/${world.connection.name}`).fetchHistory();
    return (events ?? []).filter(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity,
    );
  };

  it('has several loaded in one step: each once, oldest first, also where one fails for a time, is gone or no JSON', async () => {
    world = await World.create({
      system: 'neoday',
      neoday: { only: [name], exports: { [name]: { rows: 5, results } } },
    });
    await world.worker();
    const { neoday } = world.sandbox;
    const broken = neoday.addResult(name, {
      text: '{"win_info":[]]',
      createdAt: '2030-01-01T00:00:00Z',
    });
    neoday.addResult(name, { createdAt: '2030-01-02T00:00:00Z' });
    const ids = neoday.results(name).map(({ id }) => id);
    const goneId = ids[40] ?? '';
    world.sandbox.setFaults([
      { kind: 'gone', results: [goneId], steps: ['fetch'], status: 404 },
      { kind: 'status', steps: ['download'], status: 500, skip: 20, first: 2 },
    ]);
    const receipt = await world.sync();
    expect(receipt).toMatchObject({
      status: 'partial',
      reasons: [expect.stringContaining(goneId), expect.stringContaining(broken.id)],
    });
    expect(receipt.streams[name]).toMatchObject({
      pages: results,
      results: { found: results + 2, loaded: results, expired: 1, left: 1 },
    });
    const ledger = await ledgerOf(world, name);
    const unloaded = ledger.filter(({ state }) => state !== 'loaded').map(({ id, state }) => [id, state]);
    expect(unloaded).toEqual([
      [goneId, 'expired'],
      [broken.id, 'failed'],
    ]);
    const asked = downloadsOf(world).filter(({ status }) => status === 200);
    const first = [...new Set(asked.map(({ result }) => result))];
    expect(first).toEqual(ids.filter((id) => id !== goneId));
    expect(asked.filter(({ result }) => result !== broken.id)).toHaveLength(results);
    const kept = ids.filter((id) => id !== goneId && id !== broken.id);
    expect(
      await rowDifferences(
        world,
        name,
        kept.map((id) => neoday.file(id).texts()),
      ),
    ).toMatchObject({
      missing: 0,
      extra: 0,
    });
    expect((await stepsOf('loadResult')).length).toBeLessThan(results / 5);
  });
});
