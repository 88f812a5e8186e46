// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { folderWith } from '../config/write.ts';
import { mailReceiver, webhookReceiver } from '../support/receivers.ts';
import { runCli } from './cli.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

const tls = (name: string) => join(import.meta.dirname, '../vendors/tls', name);

describe('alerts test', () => {
  async function place() {
    const hook = await webhookReceiver();
    const [key, cert] = ['server-key.pem', 'server.pem'].map((name) => readFileSync(tls(name)));
    const mail = await mailReceiver({ key, cert });
    endings.push(hook.close, mail.close);
    const login = { username: 'alerts', password: '${MAIL_PASSWORD}' };
    const smtp = {
      type: 'smtp',
      host: 'localhost',
      port: mail.port,
      from: 'sync@example.com',
      to: ['ops@example.com'],
    };
    const config = {
      connections: { portfolio: { system: 'incentify', baseUrl: 'https://x.test', apiKey: '${HOOK}' } },
      alerts: { channels: { ops: { type: 'webhook', url: '${HOOK}' }, mail: { ...smtp, ...login } } },
    };
    const cwd = folderWith({ 'incentive-sync.yaml': JSON.stringify(config) });
    const env = { HOOK: hook.url, MAIL_PASSWORD: 'mail-password', NODE_EXTRA_CA_CERTS: tls('authority.pem') };
    return { hook, mail, cwd, env };
  }

  it('sends a sample to every channel, the password of the mail server over TLS', async () => {
    const { hook, mail, cwd, env } = await place();
    const { code, stdout, stderr } = await runCli(['alerts', 'test', '--json'], { cwd, env });
    expect(stderr).toMatch(/ops \(webhook\): sent\n.*mail \(smtp\): sent\n/s);
    expect(JSON.parse(stdout)).toEqual({
      channels: [
        { channel: 'ops', type: 'webhook', ok: true, message: null },
        { channel: 'mail', type: 'smtp', ok: true, message: null },
      ],
    });
    expect(code).toBe(0);
    expect(hook.posts.map(({ body }) => body.event)).toEqual(['test']);
    expect(mail.mails).toMatchObject([{ secure: true, user: 'alerts', to: ['ops@example.com'] }]);
  });

  it('to one channel that does not take it says why, and ends with 1', async () => {
    const { hook, mail, cwd, env } = await place();
    hook.answer(() => 410);
    const { code, stderr } = await runCli(['alerts', 'test', '--channel', 'ops'], { cwd, env });
    expect(stderr).toBe('ops (webhook): not sent: it answered 410. Check `url`: the webhook was taken away.\n');
    expect({ code, mails: mail.mails }).toEqual({ code: 1, mails: [] });
  });

  it('sends no password to a server whose certificate is not trusted', async () => {
    const { mail, cwd, env } = await place();
    const { code, stderr } = await runCli(['alerts', 'test', '--channel', 'mail'], {
      cwd,
      env: { ...env, NODE_EXTRA_CA_CERTS: '' },
    });
    expect(stderr).toMatch(/^mail \(smtp\): not sent: /);
    expect({ code, mails: mail.mails }).toEqual({ code: 1, mails: [] });
  });

  it.each([[['--channel', 'opps'], 'There is no channel `opps` (did you mean `ops`?); there are: ops, mail.']])(
    '%j ends with 2 and says which there are',
    async (args, told) => {
      const { cwd, env } = await place();
      expect(await runCli(['alerts', 'test', ...args], { cwd, env })).toMatchObject({ code: 2, stderr: `${told}\n` });
    },
  );
});
