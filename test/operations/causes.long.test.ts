import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliOf } from '../support/cli-of.ts';
import { World } from '../support/world.ts';
import { explained, journal, sentences } from './explaining.ts';

const sizes = { projects: 600, credits: 10, utilizations: 0, incentivePrograms: 0 };

describe('what is told of runs whose workers died, and of what people type', { timeout: 120_000 }, () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({ sandbox: { sizes }, connection: { streams: ['projects'] } });
  });
  afterAll(() => world.close());

  const until = async (wanted: () => boolean) => {
    while (!wanted()) await sleep(20);
  };

  it('nothing ran yet: what to type, and no run to list', async () => {
    const { stderr, code } = await cliOf(world, ['explain', 'portfolio']);
    expect(code).toBe(0);
    expect(stderr).toContain('portfolio has not run yet.');
    expect(stderr).toContain('incentive-sync sync portfolio --watch');
    const listed = await cliOf(world, ['runs', 'portfolio', '--json']);
    expect(JSON.parse(listed.stdout)).toEqual({ connection: 'portfolio', runs: [] });
    expect(listed.stderr).toContain('portfolio has no runs yet.');
  });

  it('a run that nobody took for seconds says how long no worker was there', async () => {
    const asked = Date.now();
    const run = await world.start();
    await sleep(4_000);
    const worker = await world.workerProcess();
    await world.receipt(run);
    await worker.kill();
    const missing = (await journal(world, run.id))['worker-missing'];
    expect(missing).toMatchObject({ times: 1 });
    expect(missing!.seconds).toBeGreaterThan(3.9);
    expect(missing!.seconds).toBeLessThan((Date.now() - asked) / 1000);
    expect(sentences(await explained(world, 'portfolio'))).toMatch(/No worker was there to take the next step, for/);
  });

  it('a killed worker is counted once, and the time in which there was none', async () => {
    const first = await world.workerProcess();
    world.sandbox.setFaults([{ kind: 'latency', ms: 300 }]);
    world.sandbox.resetJournal();
    const run = await world.start();
    await until(() => world.sandbox.journal({ stream: 'projects' }).length > 4);
    await first.kill();
    await sleep(9_000);
    world.sandbox.clearFaults();
    const second = await world.workerProcess();
    expect(await world.receipt(run)).toMatchObject({ status: 'completed' });
    await second.kill();
    const causes = await journal(world, run.id);
    expect(causes['worker-lost projects']).toMatchObject({ times: 1, seconds: 5 });
    expect(causes['worker-missing projects']).toMatchObject({ times: 1 });
    expect(causes['worker-missing projects']!.seconds).toBeGreaterThan(2);
    expect(sentences(await explained(world, run.id))).toMatch(/A worker was lost once \(projects\): killed/);
  });

  it('a worker that stops orderly is none that was lost', async () => {
    const stop = await world.worker();
    world.sandbox.setFaults([{ kind: 'latency', ms: 200 }]);
    world.sandbox.resetJournal();
    const run = await world.start();
    await until(() => world.sandbox.journal({ stream: 'projects' }).length > 2);
    await stop();
    const again = await world.worker();
    world.sandbox.clearFaults();
    await world.receipt(run);
    await again();
    expect(Object.keys(await journal(world, run.id)).filter((key) => key.startsWith('worker-lost'))).toEqual([]);
  });

  it('a run that was terminated, by whom and why; `run` and `runs` show it without a receipt', async () => {
    const run = await world.start();
    await world.sql`
      INSERT INTO sync.runs (run_id, connection, system, workflow_id, trigger, status)
      VALUES (${run.id}, 'portfolio', 'incentify', 'sync/portfolio', 'person', 'running')`;
    await run.handle.terminate('a test wants it');
    const told = await explained(world, 'portfolio');
    expect(told.headline).toMatch(/ended without a receipt: it was terminated/);
    expect(sentences(told)).toMatch(/The run was terminated \(a test wants it\)/);
    const shown = await cliOf(world, ['run', run.id.slice(0, 18), '--json']);
    expect(JSON.parse(shown.stdout).run).toMatchObject({ runId: run.id, receipt: null, progress: null, webUi: null });
    expect(shown.stderr).toContain(`workflow id sync/portfolio, run id ${run.id}`);
  });

  it('`runs` lists the newest first with ids that `run` and `explain` take, and says what a mistyped name may mean', async () => {
    const listed = await cliOf(world, ['runs', 'portfolio', '--json', '--status', 'completed', '--since', '1h']);
    const { runs } = JSON.parse(listed.stdout);
    expect(runs).toHaveLength(3);
    expect(runs[0]).toMatchObject({ status: 'completed', trigger: 'person', fetched: 600, dueAt: null });
    const started = runs.map(({ startedAt }: { startedAt: string }) => startedAt);
    expect(started).toEqual(started.toSorted().toReversed());
    const one = await cliOf(world, ['run', runs[1].id]);
    expect(one.code).toBe(0);
    expect(one.stderr).toMatch(/portfolio \(incentify\): completed[\s\S]*worker-lost +projects +1 +5\.0/);
    const why = await cliOf(world, ['explain', runs[1].id, '--json']);
    expect(JSON.parse(why.stdout)).toMatchObject({
      temporal: { reachable: true, message: null },
      explanation: { connection: 'portfolio', runId: runs[1].runId, type: ['incentive-sync explain portfolio'] },
    });
    const ambiguous = await cliOf(world, ['run', runs[0].runId.slice(0, 2)]);
    expect(ambiguous.code).toBe(2);
    expect(ambiguous.stderr).toContain(runs[2].runId);
    for (const command of ['runs', 'explain']) {
      const mistyped = await cliOf(world, [command, 'portfoli']);
      expect(mistyped.code).toBe(2);
      expect(mistyped.stderr).toContain('(did you mean `portfolio`?)');
    }
  });

  it('what the database knows while Temporal is away', async () => {
    const { code, stdout } = await cliOf(world, ['explain', 'portfolio', '--json'], {
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    expect(code).toBe(0);
    const { temporal, explanation } = JSON.parse(stdout);
    expect(temporal).toMatchObject({ reachable: false, message: expect.stringContaining('does not answer') });
    expect(explanation.since).toContain('Temporal does not answer, so this is what the database knows.');
  });
});
