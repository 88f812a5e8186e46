import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../store/database.ts';
import { cliOf } from '../support/cli-of.ts';
import { World } from '../support/world.ts';

const sizes = { projects: 5, credits: 5, utilizations: 5, incentivePrograms: 1 };

describe('schedules by command', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({ sandbox: { sizes } });
    await write({ every: '1h' });
    await world.worker();
  });
  afterAll(() => world.close());

  /** Rewrites the file: `portfolio` with this schedule, and `quiet` without one. */
  async function write(schedule: Record<string, unknown>): Promise<void> {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
    const keys = { system: 'incentify', baseUrl: world.sandbox.incentify.baseUrl, apiKey: '${PORTFOLIO_KEY}' };
    const connections = { portfolio: { ...keys, schedule }, quiet: keys };
    await writeFile(join(world.folder, 'incentive-sync.yaml'), JSON.stringify({ connections }));
  }
  const cli = (...args: string[]) => cliOf(world, args);
  const scheduleThere = () => world.client.schedule.getHandle('sync/portfolio').describe();

  it('a dry run shows what is to be done, exits with 3 and does nothing', async () => {
    const planned = await cli('apply', '--dry-run');
    expect(planned).toMatchObject({ code: 3, stdout: '' });
    expect(planned.stderr).toMatch(/schedule of portfolio +to be created/);
    expect(planned.stderr).toContain('Nothing was changed. `incentive-sync apply` does it.');
    await expect(scheduleThere()).rejects.toThrow();
    const missing = await cli('schedule', 'trigger', 'portfolio');
    expect(missing).toMatchObject({
      code: 1,
      stderr: 'The schedule of portfolio is not there yet: `incentive-sync apply` makes it.\n',
    });
  });

  it('apply makes Temporal as the file says, also when two do it at once, and then has nothing to do', async () => {
    const both = await Promise.all([cli('apply', '--json'), cli('apply', '--json')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    for (const { stdout } of both) expect(JSON.parse(stdout).schedules).toHaveLength(1);
    expect((await scheduleThere()).memo).toMatchObject({ connection: 'portfolio', madeBy: 'incentive-sync apply' });
    const again = await cli('apply', '--dry-run', '--json');
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual({
      ...{ dryRun: true, migrations: [], searchAttributes: { registered: [], message: null }, warnings: [] },
      schedules: [
        { connection: 'portfolio', change: 'unchanged', differences: [], nextRun: expect.any(String), paused: null },
      ],
    });
  });

  it('a change is told key by key, by `schedule list` too, until it is applied', async () => {
    await write({ cron: '0 6 * * *', timezone: 'America/New_York' });
    const before = await cli('schedule', 'list', 'portfolio');
    expect(before.code).toBe(3);
    expect(before.stderr).toMatch(/differs +every is 1h, the file says none; cron is none, the file says 0 6 \* \* \*/);
    expect((await cli('apply')).stderr).toMatch(
      /schedule of portfolio +updated \(every: 1h → none, cron: none → 0 6 \* \* \*, timezone: none → America\/New_York\), next run 20/,
    );
    const after = await cliOf(world, ['schedule', 'list'], { TZ: 'UTC' });
    expect(after.code).toBe(0);
    expect(after.stderr).toMatch(/next runs {2}20\d\d-\d\d-\d\d 1[01]:00 UTC \(06:00 America\/New_York\)/);
    expect(after.stderr).toContain('quiet: no schedule');
  });

  it('pause keeps its reason, resume ends it', async () => {
    const paused = await cli('schedule', 'pause', 'portfolio', '--reason', 'holidays');
    expect(paused.stderr).toContain('does not run by itself until `incentive-sync schedule resume portfolio`');
    expect((await scheduleThere()).state).toMatchObject({
      paused: true,
      note: expect.stringMatching(/^holidays \(since 20/),
    });
    expect((await cli('schedule', 'pause', 'portfolio')).stderr).toContain('is paused already: holidays (since');
    expect((await cli('apply')).stderr).toMatch(/schedule of portfolio +unchanged, paused: holidays/);
    expect((await cli('status')).stderr).toMatch(/paused: holidays .*incentive-sync schedule resume portfolio/);
    const resumed = await cli('schedule', 'resume', 'portfolio', '--json');
    expect(JSON.parse(resumed.stdout)).toMatchObject({ connection: 'portfolio', paused: false, note: null });
    expect((await scheduleThere()).state.paused).toBe(false);
    expect((await cli('schedule', 'resume', 'portfolio')).stderr).toContain('portfolio is not paused.');
  });

  it('a pause of the file is told as one, and resume says that it comes again', async () => {
    await write({ every: '1h', paused: true });
    expect((await cli('apply')).stderr).toContain('paused: paused by the configuration');
    expect((await cli('schedule', 'list')).stderr).toContain('take `paused: true` out of the file');
    expect((await cli('schedule', 'resume', 'portfolio')).stderr).toContain('pauses it again: take it out there');
    await write({ every: '1h' });
    expect((await cli('apply')).code).toBe(0);
    expect((await scheduleThere()).state.paused).toBe(false);
  });

  it('trigger starts a run now', async () => {
    const triggered = await cli('schedule', 'trigger', 'portfolio', '--json');
    expect(triggered.code).toBe(0);
    const told = JSON.parse(triggered.stdout);
    expect(told).toMatchObject({ connection: 'portfolio', outcome: 'started' });
    await world.client.workflow.getHandle(told.workflowId, told.runId).result();
    const [run] = await world.sql`SELECT trigger, status FROM sync.runs ORDER BY sequence DESC LIMIT 1`;
    expect(run).toMatchObject({ trigger: 'schedule', status: 'completed' });
  });

  it('backfill hands over what was due, one run at least, and says what it cannot do', async () => {
    const done = await cli(
      'schedule',
      'backfill',
      'portfolio',
      '--from',
      '2026-01-01T00:00Z',
      '--to',
      '2026-01-01T03:00Z',
    );
    expect(done.code).toBe(0);
    expect(done.stderr).toContain(
      'was due 4 times between 2026-01-01 00:00 UTC and 2026-01-01 03:00 UTC, and is so now',
    );
    for (const [args, code, sentence] of [
      [['--from', '200d'], 2, /was due a thousand times or more in that range; at most 100/],
      [['--from', 'yesterday'], 2, /--from is no time: write one like/],
      [['--from', '1h', '--to', '2h'], 2, /ends before it begins/],
      [['--from', '1h', '--to', '2999-01-01'], 2, /ends in the future/],
      [['--from', '2026-01-01T00:01Z', '--to', '2026-01-01T00:02Z'], 0, /was not due .* so nothing was started/],
    ] as const) {
      const told = await cli('schedule', 'backfill', 'portfolio', ...args);
      expect(told.stderr).toMatch(sentence);
      expect(told.code).toBe(code);
    }
  });

  it('a name without a schedule, or that nobody knows, is told so', async () => {
    const without = await cli('schedule', 'trigger', 'quiet');
    expect(without.code).toBe(1);
    expect(without.stderr).toContain('quiet has no schedule: write `schedule:` below it in incentive-sync.yaml');
    const unknown = await cli('schedule', 'pause', 'portfoli');
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean `portfolio`?') });
  });

  it('another installation sees a schedule that is not its own, and leaves it alone', async () => {
    const env = { DATABASE_URL: await emptyDatabase() };
    const planned = await cliOf(world, ['apply', '--dry-run', '--json'], env);
    expect(planned.code).toBe(3);
    expect(JSON.parse(planned.stdout)).toMatchObject({ schedules: [{ connection: 'portfolio', change: 'foreign' }] });
    expect(JSON.parse(planned.stdout).migrations[0]).toBe('0000_initial');
    const before = await scheduleThere();
    expect((await cliOf(world, ['apply'], env)).code).toBe(3);
    const paused = await cliOf(world, ['schedule', 'pause', 'portfolio'], env);
    expect(paused.stderr).toContain('belongs to another installation in this namespace, so nothing was done');
    expect((await scheduleThere()).raw.schedule).toEqual(before.raw.schedule);
  });

  it('that the file has no more are listed as left over, and apply removes them', async () => {
    await write({ every: '1h' });
    const only = join(world.folder, 'only.yaml');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
    const keys = { system: 'incentify', baseUrl: world.sandbox.incentify.baseUrl, apiKey: '${PORTFOLIO_KEY}' };
    await writeFile(only, JSON.stringify({ connections: { quiet: keys } }));
    const listed = await cli('schedule', 'list', '--config', only);
    expect(listed.code).toBe(3);
    expect(listed.stderr).toMatch(/portfolio: no schedule\n +state +still in Temporal, and no longer in the file/);
    expect((await cli('apply', '--config', only)).stderr).toMatch(/schedule of portfolio +removed/);
    await expect(scheduleThere()).rejects.toThrow();
  });
}, 240_000);
