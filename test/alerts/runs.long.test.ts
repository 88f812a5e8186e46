// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { watchRun } from '../../src/operations/watch.ts';
import { approveDeletesSignal, progressQuery, resumeSignal } from '../../src/workflows/messages.ts';
import { until } from '../support/waiting.ts';
import { events, hookOf, settled, surroundings } from './help.ts';

const around = surroundings();
afterEach(around.end);

describe('alerts', { timeout: 120_000 }, () => {
  it('tell of a refused key, and that it is mended, once each, however often the run tries by itself', async () => {
    const { hook } = await around.receivers();
    const world = await around.world({ channels: { ops: hookOf } }, hook, { apiKey: '${file:key.txt}' });
    const setKey = (key: string) => writeFile(join(world.folder, 'key.txt'), key);
    expect((await world.sync()).status).toBe('completed');
    await setKey('yesterdays-key');
    const run = await world.start();
    expect((await watchRun(run, { pollMs: 50 })).status).toBe('parked');
    // Trying in vain makes it neither recover nor be told again.
    for (let tries = 0; tries < 2; tries++) {
      const before = world.sandbox.journal().length;
      await run.handle.signal(resumeSignal);
      await until('another try', () => world.sandbox.journal().length > before);
      expect((await watchRun(run, { pollMs: 50 })).status).toBe('parked');
    }
    await setKey('sandbox-key');
    await run.handle.signal(resumeSignal);
    expect(await run.handle.result()).toMatchObject({ status: 'completed' });
    await until('the recovery', () => hook.posts.length > 1);
    await settled(world);
    expect(events(hook)).toEqual(['raised parked', 'recovered parked']);
    expect(hook.posts[0]!.body).toMatchObject({
      text: expect.stringContaining('Correct the key of `portfolio`, which is ${file:key.txt}'),
      commands: ['incentive-sync resume portfolio', 'incentive-sync status'],
    });
  });

  it('tell of deletes that wait for a person, of a run that is partial, and of records that are put aside', async () => {
    const { hook } = await around.receivers();
    const world = await around.world({ channels: { ops: hookOf } }, hook);
    expect((await world.sync()).status).toBe('completed');
    const edits = Array.from({ length: 11 }, () => ({ op: 'delete', at: 0 }) as const);
    world.sandbox.edit('incentify', 'projects', ...edits);
    expect((await world.sync()).status).toBe('parked');
    await until('the brake to be told', () => hook.posts.length === 1);
    const run = await world.start();
    const { approval } = await run.handle.query(progressQuery);
    await run.handle.signal(approveDeletesSignal, { digest: approval!.digest });
    expect((await run.handle.result()).status).toBe('completed');
    await until('that it was decided', () => hook.posts.length === 2);
    expect(events(hook)).toEqual(['raised approval projects', 'recovered approval projects']);
    expect(hook.posts[0]!.body).toMatchObject({
      text: expect.stringMatching(/11 of 40 rows are missing/),
      commands: ['incentive-sync approve-deletes portfolio', 'incentive-sync cancel portfolio'],
    });

    const added = ['{"title": "without an id"}', '{"title": "neither has this one"}'];
    world.sandbox.edit('incentify', 'credits', ...added.map((text) => ({ op: 'insert', text }) as const));
    await world.sync();
    await until('what is put aside', () => hook.posts.length === 3);
    expect(events(hook)[2]).toBe('raised quarantine credits');
    expect(hook.posts[2]!.body.text).toMatch(/^2 records of credits of portfolio did not fit and are put aside/);
    expect(JSON.stringify(hook.posts)).not.toContain('without an id');
  });

  it('tell that a run could not even begin', async () => {
    const { hook } = await around.receivers();
    const world = await around.world({ channels: { ops: hookOf } }, hook);
    expect((await world.sync()).status).toBe('completed');
    await world.sql`UPDATE sync.connections SET points_at = 'https://elsewhere.test'`;
    for (let run = 0; run < 2; run++) expect((await world.sync()).status).toBe('failed');
    await world.sql`UPDATE sync.connections SET points_at = NULL`;
    expect((await world.sync()).status).toBe('completed');
    await until('the recovery', () => hook.posts.length > 1);
    await settled(world);
    expect(events(hook)).toEqual(['raised failed', 'recovered failed']);
    expect(hook.posts[0]!.body.text).toContain('elsewhere.test');
  });

  it('tell of a stream that nobody keeps fresh, without a run', async () => {
    const { hook } = await around.receivers();
    const rules = [{ on: 'stale', freshWithin: '3s', streams: ['credits'] }];
    const world = await around.world({ channels: { ops: hookOf }, rules, every: '1s' }, hook);
    expect((await world.sync()).status).toBe('completed');
    await until('it to be told', () => hook.posts.length === 1);
    expect((await world.sync()).status).toBe('completed');
    await until('that it is fresh again', () => hook.posts.length === 2);
    expect(events(hook)).toEqual(['raised stale credits', 'recovered stale credits']);
  });

  it('of a worker that is killed between sending and noting are sent again, with the same id, and noted once', async () => {
    const { hook } = await around.receivers();
    const world = await around.world({ channels: { ops: hookOf } }, hook, { worker: false });
    const first = await world.workerProcess();
    world.sandbox.setFaults([{ kind: 'status', status: 404 }]);
    hook.answer(async () => {
      await first.kill();
      return 200;
    });
    const run = await world.start();
    await until('the message', () => hook.posts.length === 1);
    hook.answer(() => 200);
    const second = await world.workerProcess();
    await until('the message again', () => hook.posts.length === 2, { withinMs: 60_000 });
    await settled(world);
    await run.handle.result().catch(() => undefined);
    const [one, other] = hook.posts;
    expect(other!.body).toEqual(one!.body);
    expect(other!.headers['idempotency-key']).toBe(one!.headers['idempotency-key']);
    const noted = await world.sql`SELECT kind, state, attempts FROM sync.alert_deliveries`;
    expect([...noted]).toEqual([{ kind: 'raised', state: 'delivered', attempts: 2 }]);
    for (const log of [first.output, second.output]) expect(log).not.toContain('secret-of-the-hook');
  });

  it('to a webhook that never answers delay no sync and no e-mail, and are given up in the end', async () => {
    const { hook, mail } = await around.receivers();
    hook.answer(() => new Promise<number>(() => undefined));
    const smtp = { type: 'smtp', host: '127.0.0.1', port: mail.port, security: 'none' };
    const channels = { ops: hookOf, mail: { ...smtp, from: 'sync@example.com', to: ['ops@example.com'] } };
    const told = await around.world({ channels, giveUpAfter: '5s' }, hook);
    const untold = await around.world(undefined, hook);
    const seconds = { told: [] as number[], untold: [] as number[] };
    for (let run = 0; run < 8; run++) {
      for (const [name, world] of Object.entries({ told, untold }) as ['told' | 'untold', typeof told][]) {
        // Every run has something to tell.
        world.sandbox.setFaults(run % 2 === 0 ? [{ kind: 'status', status: 404 }] : []);
        const begun = performance.now();
        expect((await world.sync()).status).toBe(run % 2 === 0 ? 'failed' : 'completed');
        seconds[name].push((performance.now() - begun) / 1000);
      }
    }
    const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
    console.info(
      `a sync took ${median(seconds.told).toFixed(2)} s with a dead webhook, ${median(seconds.untold).toFixed(2)} s without alerts`,
    );
    expect(median(seconds.told)).toBeLessThan(median(seconds.untold) + 1);
    await until('the e-mails', () => mail.mails.length === 8);
    const given = await until(
      'the webhook to be given up',
      async () => {
        const rows =
          await told.sql`SELECT last_error FROM sync.alert_deliveries WHERE channel = 'ops' AND state = 'given-up'`;
        return rows.length > 0 && rows;
      },
      { withinMs: 60_000 },
    );
    expect(given[0]!.last_error).toBe('no complete answer within 10 s.');
  });
});
