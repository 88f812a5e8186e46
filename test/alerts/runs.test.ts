// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { afterEach, describe, expect, it } from 'vitest';
import { histories, tables } from '../support/everywhere.ts';
import { until } from '../support/waiting.ts';
import { events, hookOf, settled, surroundings } from './help.ts';

const around = surroundings();
afterEach(around.end);

describe('alerts', { timeout: 60_000 }, () => {
  it('of three failing runs arrive once at a webhook and once by e-mail, and so does the recovery', async () => {
    const { hook, mail } = await around.receivers();
    const to = ['ops@example.com'];
    const login = { username: 'alerts', password: '${MAIL_PASSWORD}' };
    const smtp = { type: 'smtp', host: '127.0.0.1', port: mail.port, security: 'none', from: 'sync@example.com', to };
    const world = await around.world({ channels: { ops: hookOf, mail: { ...smtp, ...login } } }, hook);
    expect((await world.sync()).status).toBe('completed');
    world.sandbox.setFaults([{ kind: 'status', status: 404 }]);
    for (let run = 0; run < 3; run++) expect((await world.sync()).status).toBe('failed');
    await until('both to be told', () => hook.posts.length > 0 && mail.mails.length > 0);
    await settled(world);
    world.sandbox.clearFaults();
    for (let run = 0; run < 2; run++) expect((await world.sync()).status).toBe('completed');
    await until('both to be told', () => hook.posts.length > 1 && mail.mails.length > 1);
    await settled(world);

    expect(events(hook)).toEqual(['raised failed', 'recovered failed']);
    expect(hook.posts[0]!.body).toMatchObject({
      connection: 'portfolio',
      title: 'portfolio: the run failed',
      text: expect.stringMatching(/failed at .* answered 404/),
      commands: ['incentive-sync status', 'incentive-sync sync portfolio'],
    });
    expect(hook.posts[1]!.body.alert).toBe(hook.posts[0]!.body.alert);
    expect(mail.mails.map(({ headers }) => headers.subject)).toEqual([
      '[incentive-sync] portfolio: the run failed',
      '[incentive-sync] Recovered: portfolio: the run failed',
    ]);
    expect(mail.mails.map(({ user }) => user)).toEqual(['alerts', 'alerts']);

    // The secrets are where they belong, and nowhere else.
    const places = { histories: (await histories(world)).join('\n'), tables: await tables(world) };
    expect(places.histories).toContain('deliverAlerts');
    expect(places.tables).toContain('the run failed');
    for (const [place, text] of Object.entries(places)) {
      for (const secret of ['secret-of-the-hook', 'mail-password']) expect(text.includes(secret), place).toBe(false);
    }
  });
});
