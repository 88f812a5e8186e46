import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approveDeletesSignal, pauseSignal, progressQuery, resumeSignal } from '../../src/workflows/messages.ts';
import { World } from '../support/world.ts';
import { explained, journal, sentences, setKey, shows } from './explaining.ts';

const sizes = { projects: 60, credits: 20, utilizations: 0, incentivePrograms: 0 };

describe('the journal of causes', { timeout: 60_000 }, () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({
      sandbox: { sizes },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a file
      connection: { streams: ['projects', 'credits'], apiKey: '${file:key.txt}' },
    });
    await setKey(world, 'sandbox-key');
    await world.worker();
  });
  afterAll(() => world.close());

  it('is empty after a run that went well, and `explain` says that it was fine', async () => {
    const { runId } = await world.sync();
    expect(await journal(world, runId)).toEqual({});
    const told = await explained(world, 'portfolio');
    expect(told.headline).toMatch(/was fine: it completed in/);
    expect(told).toMatchObject({ because: [], type: [] });
  });

  it('counts each pause that the vendor asked for with its seconds, and each answer that was of no use', async () => {
    world.sandbox.setFaults([
      { kind: 'status', status: 429, retryAfterSeconds: 1, streams: ['credits'], first: 2 },
      { kind: 'status', status: 500, streams: ['projects'], first: 2 },
    ]);
    const { runId, streams } = await world.sync();
    const causes = await journal(world, runId);
    expect(Object.keys(causes).toSorted()).toEqual(['rate-limited credits', 'unavailable projects']);
    expect(causes['rate-limited credits']).toMatchObject({ times: 2, note: expect.stringMatching(/answered 429/) });
    expect(causes['rate-limited credits']!.seconds).toBeCloseTo(2, 0);
    // 250 and 500 ms.
    expect(causes['unavailable projects']).toMatchObject({ times: 2, note: expect.stringMatching(/answered 500/) });
    expect(causes['unavailable projects']!.seconds).toBeCloseTo(0.75, 1);
    expect(streams.projects!.retries).toBe(2);
    const told = sentences(await explained(world, runId));
    expect(told).toMatch(/^Incentify asked for a pause twice \(credits\); the run waited 2\.0 s/);
    expect(told).toMatch(/Incentify gave no usable answer twice \(projects\); 0\.\d s went by/);
    expect(told).toMatch(/The rest, \d+\.\d s, was reading and writing/);
  });

  it('counts the passes that were read again, with what they took and why', async () => {
    world.sandbox.setFaults([{ kind: 'false-totals', total: 1, streams: ['projects'] }]);
    const { runId, status } = await world.sync();
    expect(status).toBe('partial');
    const again = (await journal(world, runId))['page-shift projects'];
    expect(again).toMatchObject({ times: 2, note: 'the source says 61, but 60 different records were seen' });
    expect(again!.seconds).toBeGreaterThan(0);
    const told = await explained(world, 'portfolio');
    expect(told.headline).toMatch(/was partial: not all that the source has is stored/);
    expect(sentences(told)).toMatch(/A stream had changed while it was read, and was read again twice \(projects\)/);
    expect(told.type).toEqual(['incentive-sync sync portfolio --watch']);
    world.sandbox.clearFaults();
  });

  it('counts records put aside, all of them however often the run was closed', async () => {
    world.sandbox.edit('incentify', 'credits', { op: 'insert', text: '{"id":"seven"}' });
    const { runId } = await world.sync();
    expect((await journal(world, runId))['quarantine credits']).toMatchObject({ times: 1 });
    const told = await explained(world, runId);
    expect(sentences(told)).toMatch(/credits: 1 record was put aside/);
    expect(told.type).toEqual(['incentive-sync quarantine list --connection portfolio']);
    world.sandbox.reset();
  });

  it('counts how long a run was parked for its key, and how long it was paused', async () => {
    await setKey(world, 'yesterdays-key');
    const run = await world.start();
    await shows(run, 'parked');
    const parked = await explained(world, 'portfolio');
    expect(parked.headline).toMatch(/is parked and waits/);
    expect(sentences(parked)).toMatch(/It has waited for .* answered 403/);
    expect(parked.type[0]).toBe('incentive-sync check portfolio');
    await run.handle.signal(pauseSignal);
    await shows(run, 'paused');
    expect((await explained(world, run.id)).headline).toMatch(/is paused and keeps its place/);
    await setKey(world, 'sandbox-key');
    await run.handle.signal(resumeSignal);
    await run.handle.result();
    const causes = await journal(world, run.id);
    expect(causes.refused).toMatchObject({ times: 1, note: expect.stringMatching(/answered 403/) });
    expect(causes.paused).toMatchObject({ times: 1 });
    const [{ seconds } = { seconds: 0 }] = await world.sql<{ seconds: number }[]>`
      SELECT seconds FROM sync.receipts WHERE run_id = ${run.id}`;
    const waited = causes.refused!.seconds + causes.paused!.seconds;
    expect(waited).toBeGreaterThan(0.1);
    expect(waited).toBeLessThanOrEqual(seconds);
  });

  it('counts how long deletes waited for a person, and the second look that found them', async () => {
    const gone = Array.from({ length: 30 }, () => ({ op: 'delete', at: 0 }) as const);
    world.sandbox.edit('incentify', 'projects', ...gone);
    const run = await world.start();
    await shows(run, 'parked');
    expect((await explained(world, 'portfolio')).type[0]).toBe('incentive-sync approve-deletes portfolio');
    const { approval } = await run.handle.query(progressQuery);
    await run.handle.signal(approveDeletesSignal, { digest: approval!.digest });
    await run.handle.result();
    const causes = await journal(world, run.id);
    expect(causes['brake projects']).toMatchObject({ times: 1, note: expect.stringMatching(/30 of 60 rows/) });
    expect(causes['brake projects']!.seconds).toBeGreaterThan(0);
    expect(causes['second-look projects']).toMatchObject({ times: 1 });
    const told = sentences(await explained(world, run.id));
    expect(told).toMatch(/Rows were missing from the source, so that it was read a second time/);
  });

  it('counts a resync by the pass that it took, which nobody would call slow for no reason', async () => {
    const { runId } = await world.receipt(await world.resync(['credits']));
    const told = sentences(await explained(world, runId));
    expect(await journal(world, runId)).toEqual({ 'resync credits': expect.objectContaining({ times: 1 }) });
    expect(told).toMatch(/A person asked for everything again \(credits\), which took/);
  });

  it('keeps the words of a failure: what to check, and no row of any other run', async () => {
    world.sandbox.setFaults([{ kind: 'status', status: 404, streams: ['projects'] }]);
    const { runId, status } = await world.sync();
    expect(status).toBe('failed');
    expect((await journal(world, runId))['refused projects']).toMatchObject({ times: 1, seconds: 0 });
    const told = await explained(world, 'portfolio');
    expect(told.headline).toMatch(/failed after/);
    expect(sentences(told)).toMatch(/answered 404/);
    expect(told.type).toEqual(['incentive-sync check portfolio', 'incentive-sync sync portfolio --watch']);
    const [strangers] = await world.sql`
      SELECT count(*)::int AS count FROM sync.causes WHERE run_id NOT IN (SELECT run_id FROM sync.runs)`;
    expect(strangers).toEqual({ count: 0 });
    world.sandbox.clearFaults();
  });
});
