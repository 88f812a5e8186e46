// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { afterEach, expect, it } from 'vitest';
import { until } from '../support/waiting.ts';
import { World } from '../support/world.ts';
import { events, hookOf, settled, surroundings } from './help.ts';

const around = surroundings();
afterEach(around.end);

it('a pool that runs low is told once at a webhook and once by e-mail, and so is that it is filled', async () => {
  const { hook, mail } = await around.receivers();
  const smtp = { type: 'smtp', host: '127.0.0.1', port: mail.port, security: 'none', from: 'sync@example.com' };
  const channels = { ops: hookOf, mail: { ...smtp, to: ['ops@example.com'] } };
  const world = await World.create({
    system: 'vibes',
    vibes: { pools: 3 },
    alerts: { channels, rules: [{ on: 'pool-low', threshold: 5 }] },
    env: { HOOK: hook.url },
  });
  around.add(() => world.close());
  await world.worker();
  const pools = [...world.sandbox.records('vibes', 'pools')].map(({ text }) => JSON.parse(text));
  for (const { id } of pools) world.sandbox.vibes.refill(id, 1000);
  expect((await world.sync()).status).toBe('completed');
  const { id, name, incentive_codes: codes } = pools[1];
  world.sandbox.vibes.issue(id, codes.remaining + 995);
  for (let run = 0; run < 3; run++) expect((await world.sync()).status).toBe('completed');
  await until('both to be told', () => hook.posts.length > 0 && mail.mails.length > 0);
  world.sandbox.vibes.refill(id, 500);
  for (let run = 0; run < 2; run++) expect((await world.sync()).status).toBe('completed');
  await until('both to be told', () => hook.posts.length > 1 && mail.mails.length > 1);
  await settled(world);

  expect(events(hook)).toEqual([`raised pool-low ${id}`, `recovered pool-low ${id}`]);
  expect(hook.posts[0]!.body).toMatchObject({
    text: `The pool “${name}” of coupons has 5 codes left; its threshold is 5. Upload codes at Vibes, then sync.`,
    commands: [`incentive-sync pools show coupons ${id}`, 'incentive-sync sync coupons'],
    facts: { remaining: 5, threshold: 5 },
  });
  expect(hook.posts[1]!.body.text).toMatch(/^505 codes are left again\./);
  expect(mail.mails).toHaveLength(2);
});
