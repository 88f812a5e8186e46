import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { syncWorkflowId } from '../../src/workflows/names.ts';
import { cliOf } from '../support/cli-of.ts';
import { startProxy } from '../support/proxy.ts';
import { temporalCli } from '../support/temporal-cli.ts';
import { until } from '../support/waiting.ts';
import { World } from '../support/world.ts';
import { emptyFolder, type Finished, runCli, startCli } from './cli.ts';
import { environmentOf, writeBoth } from './doctoring.ts';

interface Told {
  code: number | string;
  ok: boolean;
  /** Sentences of the lines that are neither ok nor skipped, by what they are about. */
  wrong: Record<string, string>;
  /** The first thing to type for that line. */
  remedy(what: string): string;
}

function told({ code, stdout }: Finished): Told {
  const { ok, findings } = JSON.parse(stdout).doctor as {
    ok: boolean;
    findings: Record<'what' | 'state' | 'sentence' | 'remedy', string>[];
  };
  const wrong = findings.filter(({ state }) => state === 'failed' || state === 'warning');
  return {
    code,
    ok,
    wrong: Object.fromEntries(wrong.map(({ what, sentence }) => [what, sentence])),
    remedy: (what) => /`([^`]+)`/.exec(wrong.find((one) => one.what === what)?.remedy ?? '')?.[1] ?? '',
  };
}

const words = (typed: string): string[] => typed.split(' ').slice(1);

/** A dozen commands, each a process, on a machine that others use. */
const manyProcesses = 360_000;

describe('doctor, typed', () => {
  let world: World;
  let env: Record<string, string>;

  beforeEach(async () => {
    const sizes = { projects: 20, credits: 20, utilizations: 1, incentivePrograms: 1 };
    world = await World.create({ sandbox: { sizes } });
    await writeBoth(world);
    env = environmentOf(world);
  });
  afterEach(() => world.close());

  const doctor = async (more: Record<string, string> = {}) =>
    told(await cliOf(world, ['doctor', '--json'], { ...env, ...more }));
  const type = (typed: string) => cliOf(world, words(typed), env);
  const temporal = (typed: string) =>
    promisify(execFile)(temporalCli(), words(typed), {
      env: { ...process.env, TEMPORAL_ADDRESS: world.temporal.address },
    });

  it('its remedies mend what it tells: tables, worker, schedule, a terminated run', {
    timeout: manyProcesses,
  }, async () => {
    await world.sql.unsafe(`DROP SCHEMA IF EXISTS sync, incentify, neoday, atobi, vibes, drizzle CASCADE`);
    const broken = await doctor();
    expect(broken).toMatchObject({ code: 1, ok: false });
    expect(Object.keys(broken.wrong)).toEqual(['tables', 'worker']);
    expect(await type(broken.remedy('tables'))).toMatchObject({ code: 0 });

    const worker = startCli(words(broken.remedy('worker')), { cwd: world.folder, env });
    onTestFinished(() => void worker.child.kill('SIGKILL'));
    await worker.says('takes work from');
    expect(await doctor()).toMatchObject({ code: 0, ok: true, wrong: {} });

    await world.client.schedule.getHandle('sync/portfolio').delete();
    const unscheduled = await doctor();
    expect(unscheduled.wrong).toEqual({ schedule: 'Temporal has none, though the file asks for one' });
    expect(await type(unscheduled.remedy('schedule'))).toMatchObject({ code: 0 });

    world.sandbox.setFaults([{ kind: 'hold', streams: ['credits'] }]);
    await world.start();
    await until('the held request', () => world.sandbox.held().length > 0);
    await world.client.workflow.getHandle(syncWorkflowId('portfolio')).terminate('on purpose');
    world.sandbox.clearFaults();
    const forgotten = await doctor();
    expect(Object.keys(forgotten.wrong)).toEqual(['run']);
    expect(await type(forgotten.remedy('run'))).toMatchObject({ code: 0 });
    expect(await doctor()).toMatchObject({ code: 0, ok: true, wrong: {} });
  });

  it('its remedies mend a namespace that is missing or short, and search attributes that are missing or of another type', {
    timeout: manyProcesses,
  }, async () => {
    const TEMPORAL_NAMESPACE = `doctor-${Date.now()}`;
    const inside = { TEMPORAL_NAMESPACE };
    const missing = await doctor(inside);
    expect(missing.wrong.namespace).toBe(`there is no ${TEMPORAL_NAMESPACE}`);
    await temporal(missing.remedy('namespace'));
    const bare = await until('the namespace', async () => {
      const now = await doctor(inside);
      return now.wrong.namespace === undefined && now.wrong['search attributes'] !== undefined ? now : null;
    });
    expect(await cliOf(world, words(bare.remedy('search attributes')), { ...env, ...inside })).toMatchObject({
      code: 0,
    });
    expect((await doctor(inside)).wrong['search attributes']).toBeUndefined();

    const attribute = `--namespace ${TEMPORAL_NAMESPACE} --name SyncTrigger`;
    await temporal(`temporal operator search-attribute remove ${attribute} --yes`);
    await temporal(`temporal operator search-attribute create ${attribute} --type Int`);
    await temporal(`temporal operator namespace update --namespace ${TEMPORAL_NAMESPACE} --retention 2h`);
    const wrong = await until('the other type', async () => {
      const now = await doctor(inside);
      return now.wrong['search attributes'] !== undefined && now.wrong.namespace !== undefined ? now : null;
    });
    expect(wrong.wrong['search attributes']).toContain('SyncTrigger exist with another type than Keyword');
    expect(wrong.wrong.namespace).toContain('for 2 h, which is short');
    await temporal(`${wrong.remedy('search attributes')} --yes`);
    await temporal(wrong.remedy('namespace'));
    await until(
      'the removal',
      async () => (await doctor(inside)).remedy('search attributes') === 'incentive-sync apply',
    );
    await cliOf(world, ['apply'], { ...env, ...inside });
    const mended = await doctor(inside);
    expect([mended.wrong['search attributes'], mended.wrong.namespace]).toEqual([undefined, undefined]);
  });

  it.each(['database', 'Temporal'] as const)(
    'ends within 20 s although the %s takes connections and gives no answer',
    async (which) => {
      const { port: databasePort } = new URL(world.databaseUrl);
      const port = Number(which === 'database' ? databasePort : world.temporal.address.split(':')[1]);
      const proxy = await startProxy({ host: '127.0.0.1', port });
      onTestFinished(() => proxy.close());
      proxy.freeze();
      const more: Record<string, string> =
        which === 'database'
          ? { DATABASE_URL: world.databaseUrl.replace(`:${port}/`, `:${proxy.port}/`) }
          : { TEMPORAL_ADDRESS: `127.0.0.1:${proxy.port}` };
      const begun = performance.now();
      const frozen = await doctor(more);
      expect(performance.now() - begun).toBeLessThan(20_000);
      expect(frozen).toMatchObject({ code: 1, wrong: { [which]: expect.stringMatching(/answer|time/) } });
    },
  );

  it('ends within 20 s although a vendor is silent, and says which', async () => {
    world.sandbox.addFaults({ kind: 'silence', streams: ['projects', 'credits', 'utilizations'] });
    const begun = performance.now();
    const silent = await doctor();
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(silent.wrong.address).toContain(world.sandbox.incentify.baseUrl);
  });
});

describe('doctor, where the servers are embedded', () => {
  it('finds all well while start runs; when it was killed, says so and what it left behind; its remedy mends both', {
    timeout: manyProcesses,
  }, async () => {
    const cwd = emptyFolder();
    const doctor = async () => told(await runCli(['doctor', '--json'], { cwd }));
    const up = async () => {
      const start = startCli(['start'], { cwd });
      onTestFinished(async () => {
        start.child.kill('SIGTERM');
        await start.ended;
      });
      await start.says('Up and running');
      return start;
    };
    expect(await doctor()).toMatchObject({ code: 1, wrong: { 'incentive-sync': 'is not running' } });
    const first = await up();
    expect(await doctor()).toMatchObject({ code: 0, ok: true, wrong: {} });

    first.child.kill('SIGKILL');
    await first.ended;
    await until('its worker to leave', () => livingChildren(cwd).length <= 2);
    const killed = await doctor();
    expect(Object.keys(killed.wrong)).toEqual(['data folder', 'incentive-sync']);
    expect(killed.wrong['data folder']).toMatch(/left behind: .*postgres/);
    expect(killed.remedy('data folder')).toBe('incentive-sync start');
    await up();
    expect(await doctor()).toMatchObject({ code: 0, ok: true, wrong: {} });
  });
});

/** Of what the data folder has noted, what lives: servers outlive a killed owner, workers leave by themselves. */
function livingChildren(cwd: string): number[] {
  const folder = join(cwd, '.incentive-sync', 'children');
  const pids = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).pid as number);
  return pids.filter((pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  });
}
