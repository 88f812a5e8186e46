import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliOf } from '../support/cli-of.ts';
import { World } from '../support/world.ts';
import { finished, startCli } from './cli.ts';

describe('status', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({ connection: { schedule: { every: '1h' } } });
  });
  afterAll(() => world?.close());

  it('--watch shows it again and again until it is asked to end, which is no failure', async () => {
    const watching = startCli(['status', '--watch', '0.5'], {
      cwd: world.folder,
      env: {
        DATABASE_URL: world.databaseUrl,
        TEMPORAL_ADDRESS: world.temporal.address,
        TEMPORAL_NAMESPACE: world.temporal.namespace,
        PORTFOLIO_KEY: 'sandbox-key',
      },
    });
    const blocks = () => watching.stderr().split(/^-- .* UTC --$/m).length - 1;
    await expect.poll(blocks, { timeout: 20_000 }).toBeGreaterThan(2);
    watching.child.kill('SIGINT');
    const { code, stdout, stderr } = await finished(watching);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).not.toContain('\u001b');
    expect(stderr).toMatch(/^portfolio +incentify +never run /m);
  });

  it('of a connection that is not there names the one that was meant', async () => {
    const { code, stderr } = await cliOf(world, ['status', 'portfolo']);
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean `portfolio`?');
  });

  it('--quiet says nothing on the way, --verbose says what was asked, without the password', async () => {
    const quiet = await cliOf(world, ['status', '--quiet']);
    expect(quiet.stderr).toMatch(/^No worker takes work, .*\n\nconnection /);
    const { stderr } = await cliOf(world, ['status', 'portfolio', '--verbose']);
    expect(stderr).toMatch(/\] Database .* answered: \d+ ms/);
    expect(stderr).toMatch(/\] Temporal DescribeSchedule: \d+ ms/);
    expect(stderr).not.toContain(new URL(world.databaseUrl).password || 'no password');
  });

  it('has colours where FORCE_COLOR wants them, and none otherwise', async () => {
    expect((await cliOf(world, ['status'])).stderr).not.toContain('\u001b[');
    expect((await cliOf(world, ['status'], { FORCE_COLOR: '1' })).stderr).toContain('\u001b[');
  });

  it('--watch does not go with --json, whose document is one', async () => {
    const { code, stderr } = await cliOf(world, ['status', '--watch', '--json']);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot be used with');
  });
});
