import { afterEach, describe, expect, it } from 'vitest';
import type { Run } from '../../src/operations/runs.ts';
import { watchRun } from '../../src/operations/watch.ts';
import { pauseSignal, resumeSignal } from '../../src/workflows/messages.ts';
import { small } from '../portfolio/help.ts';
import { currentDetails, histories, metadata } from '../support/everywhere.ts';
import { until } from '../support/waiting.ts';
import { World } from '../support/world.ts';

/** What the Web UI shows under «Current Details», once it says so. */
const detailsSaying = ({ client, handle }: Run, text: string) =>
  until(`details that say ${text}`, async () => {
    const details = await currentDetails(client, handle);
    return details.includes(text) && details;
  });

const statusOf = async ({ handle }: Run) => (await handle.describe()).searchAttributes.SyncStatus;

describe('what the Web UI shows of a run', () => {
  let world: World;
  afterEach(() => world.close());

  it('follows it from its start over a pause and a refused key to its receipt', async () => {
    world = await World.create({ sandbox: { sizes: small } });
    await world.worker();
    world.sandbox.setFaults([{ kind: 'hold', streams: ['credits'], pages: [1] }]);
    const run = await world.start();
    await until('a held request', () => world.sandbox.held().length > 0);
    const reading = await detailsSaying(run, '1 of 3 streams done, 60 rows so far');
    expect(reading).toMatch(/^\*\*running\*\* · portfolio \(incentify\), started by a person · began /);
    expect(reading).toMatch(/^\| projects. \| done. \| 60. \| 60. \| 100. \|/m);

    await run.handle.signal(pauseSignal);
    world.sandbox.clearFaults();
    expect(await detailsSaying(run, '**paused**')).toContain('```sh\nincentive-sync resume portfolio\n');
    expect(await statusOf(run)).toEqual(['paused']);

    world.sandbox.setFaults([{ kind: 'status', status: 403 }]);
    await run.handle.signal(resumeSignal);
    const parked = await detailsSaying(run, '**parked**');
    expect(parked).toMatch(/\*\*Waits\*\* for a person; tries again by itself at /);
    expect(parked).toMatch(/```\nAuthentication: Incentify \(GET\s/);
    expect(await statusOf(run)).toEqual(['parked']);

    world.sandbox.clearFaults();
    await run.handle.signal(resumeSignal);
    expect(await world.receipt(run)).toMatchObject({ status: 'completed' });
    const finished = await detailsSaying(run, '**completed**');
    expect(finished).toMatch(/^\*\*completed\*\* · portfolio \(incentify\), started by a person\n/);
    expect(finished).toMatch(/^\| utilizations. \| 260. \| 260. \| 260. \| 0. \| 0. \|/m);
    expect(await statusOf(run)).toEqual(['completed']);
  });

  it('has words beside each step and each timer, and no event for the details', async () => {
    world = await World.create({ sandbox: { sizes: small } });
    await world.worker({ milliseconds: 60_000, pages: 1 });
    world.sandbox.setFaults([{ kind: 'status', status: 403, streams: ['credits'] }]);
    const run = await world.start();
    expect(await watchRun(run, { pollMs: 50 })).toMatchObject({ status: 'parked' });
    world.sandbox.clearFaults();
    await run.handle.signal(resumeSignal);
    await run.handle.result();
    const { events } = await run.handle.fetchHistory();
    const words = (events ?? []).flatMap(
      ({ activityTaskScheduledEventAttributes, timerStartedEventAttributes, userMetadata }) => {
        const what =
          activityTaskScheduledEventAttributes?.activityType?.name ?? (timerStartedEventAttributes ? 'timer' : null);
        const told = userMetadata?.summary?.data;
        return what === null ? [] : [[what, told ? JSON.parse(Buffer.from(told).toString()) : null]];
      },
    );
    expect(words).toContainEqual(['openRun', 'looks up portfolio and registers the run']);
    expect(words).toContainEqual(['timer', 'parked: tries again by itself when this ends']);
    expect(words).toContainEqual(['noteStatus', 'the run is parked: the vendor refuses its credential']);
    expect(words.filter(([, told]) => !told)).toEqual([]);
    // One page a step: scheduled, started, completed, and three of the workflow's task.
    const steps = words.filter(([what]) => what === 'readPages').length;
    expect(steps).toBeGreaterThan(8);
    expect(events!.length).toBeLessThanOrEqual(6 * words.length + 12);
  });

  it('that cannot be opened says why, also in the list of runs', async () => {
    world = await World.create({ sandbox: { sizes: small } });
    await world.worker();
    const run = await world.start(['nothing']);
    expect(await watchRun(run, { pollMs: 50 })).toMatchObject({ status: 'failed' });
    const details = await detailsSaying(run, '**failed**');
    expect(details).toMatch(/^\*\*failed\*\* · portfolio/);
    expect(details).toContain('Configuration: The connection `portfolio` has no stream\n`nothing`;');
    expect(await statusOf(run)).toEqual(['failed']);
  });
});

describe('secrets and personal data', () => {
  let world: World;
  afterEach(() => world.close());

  const key = 'k3y-that-nobody-may-see';
  const person = 'jane.doe@people.example';
  const signed = 'X-Amz-Signature=0123456789abcdef';

  it('are in no history, summary, detail, memo or search attribute, whatever the vendor answers', async () => {
    world = await World.create({ sandbox: { sizes: small, apiKey: key }, env: { PORTFOLIO_KEY: key } });
    await world.worker();
    await world.sync();
    const record = JSON.stringify({ id: person, title: `${signed} ${key}` });
    world.sandbox.edit('incentify', 'projects', { op: 'put', at: 0, text: record });
    await world.sync();
    const location = `http://127.0.0.1:9/${person}?${signed}&key=${key}`;
    world.sandbox.setFaults([{ kind: 'redirect', to: location }]);
    await world.sync();
    world.sandbox.setFaults([{ kind: 'status', status: 403 }]);
    await world.sync();

    const places = [...(await histories(world)), ...(await metadata(world))].join('\n');
    // The search would find it: what was said beside the markers is there, in each kind of place.
    expect(places).toContain('told no id');
    expect(places).toContain('answered 302');
    expect(places).toContain('answered 403');
    expect(places).toContain('**parked**');
    for (const secret of [key, person, signed]) expect(places).not.toContain(secret);
  });
});
