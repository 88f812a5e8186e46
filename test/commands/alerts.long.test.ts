// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mailReceiver, webhookReceiver } from '../support/receivers.ts';
import { World } from '../support/world.ts';
import { runCli } from './cli.ts';

let world: World;
let hook: Awaited<ReturnType<typeof webhookReceiver>>;
let mail: Awaited<ReturnType<typeof mailReceiver>>;
beforeAll(async () => {
  hook = await webhookReceiver();
  mail = await mailReceiver({ disabledCommands: ['STARTTLS'], authOptional: true });
  const smtp = { type: 'smtp', host: '127.0.0.1', port: mail.port, security: 'none', from: 'sync@example.com' };
  world = await World.create({
    sandbox: { sizes: { projects: 20, credits: 10, utilizations: 0, incentivePrograms: 0 } },
    alerts: { channels: { ops: { type: 'webhook', url: '${HOOK}' }, mail: { ...smtp, to: ['ops@example.com'] } } },
    env: { HOOK: hook.url },
  });
});
afterAll(async () => {
  await world.close();
  await Promise.all([hook.close(), mail.close()]);
});

const command = (...args: string[]) =>
  runCli(args, {
    cwd: world.folder,
    env: {
      PORTFOLIO_KEY: 'sandbox-key',
      HOOK: hook.url,
      DATABASE_URL: world.databaseUrl,
      TEMPORAL_ADDRESS: world.temporal.address,
      TEMPORAL_NAMESPACE: world.temporal.namespace,
      NO_COLOR: '1',
    },
  });

it('one command that syncs in vain tells before it ends; status and alerts list show it until it is mended', {
  timeout: 120_000,
}, async () => {
  hook.answer(() => 500);
  world.sandbox.setFaults([{ kind: 'status', status: 404 }]);
  expect((await command('sync', 'portfolio')).code).toBe(1);
  expect(mail.mails.map(({ headers }) => headers.subject)).toEqual(['[incentive-sync] portfolio: the run failed']);
  expect(hook.posts.length).toBeGreaterThan(0);

  const status = await command('status', '--json');
  expect(status.stderr).toMatch(
    /alerts: 1 open; `incentive-sync alerts list` tells more\n {2}! portfolio: the run failed, for \d/,
  );
  expect(status.stderr).toMatch(
    /! not told: portfolio: the run failed: ops: not yet, .* in vain, the next at .*: it answered 500\./,
  );
  expect(JSON.parse(status.stdout)).toMatchObject({
    alerts: [{ rule: 'failed', connection: 'portfolio', recoveredAt: null }],
    undelivered: [{ deliveries: [{ channel: 'ops', state: 'pending', lastError: 'it answered 500.' }, {}] }],
  });
  const list = await command('alerts', 'list');
  expect(list.stderr).toContain('type       incentive-sync status');
  expect(list.stderr).toContain('incentive-sync sync portfolio');
  expect(list.stderr).toMatch(/mail, at 20\d\d-.*UTC\n/);
  expect(list.stderr).toContain('1 open.');

  hook.answer(() => 200);
  world.sandbox.clearFaults();
  expect((await command('sync', 'portfolio')).code).toBe(0);
  expect(mail.mails.map(({ headers }) => headers.subject).slice(1)).toEqual([
    '[incentive-sync] Recovered: portfolio: the run failed',
  ]);
  expect((await command('status')).stderr).not.toContain('alerts:');
  const all = JSON.parse((await command('alerts', 'list', '--all', '--json')).stdout).alerts;
  expect(all).toMatchObject([{ recovery: expect.stringMatching(/^A run ended completed at /) }]);
  // Taken out of the file, they are no longer looked after, and the list says so.
  writeFileSync(
    join(world.folder, 'incentive-sync.yaml'),
    JSON.stringify({
      connections: { portfolio: { system: 'incentify', baseUrl: 'https://x.test', apiKey: '${PORTFOLIO_KEY}' } },
    }),
  );
  expect((await command('alerts', 'list')).stderr).toContain('has no `alerts:`, so nothing is looked after.');
  expect((await command('alerts', 'test')).code).toBe(2);
});
