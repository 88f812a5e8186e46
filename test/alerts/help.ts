// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mailReceiver, webhookReceiver } from '../support/receivers.ts';
import { until } from '../support/waiting.ts';
import { World } from '../support/world.ts';

export const hookOf = { type: 'webhook', url: '${HOOK}' };

type Hook = Awaited<ReturnType<typeof webhookReceiver>>;

/** Worlds and receivers of one file's tests, and how they end. */
export function surroundings() {
  const endings: (() => Promise<unknown>)[] = [];
  return {
    add: (end: () => Promise<unknown>) => void endings.push(end),
    end: async () => {
      for (const end of endings.splice(0).reverse()) await end();
    },
    async receivers() {
      const hook = await webhookReceiver();
      const mail = await mailReceiver({ allowInsecureAuth: true, hideSTARTTLS: true });
      endings.push(hook.close, mail.close);
      return { hook, mail };
    },
    /** With a worker in this process, unless told. */
    async world(
      alerts: Record<string, unknown> | undefined,
      hook: { url: string },
      { worker = true, ...connection }: { worker?: boolean } & Record<string, unknown> = {},
    ) {
      const world = await World.create({
        sandbox: { sizes: { projects: 40, credits: 10, utilizations: 0, incentivePrograms: 0 } },
        connection: { streams: ['projects', 'credits'], ...connection },
        ...(alerts === undefined ? {} : { alerts }),
        env: { HOOK: hook.url, MAIL_PASSWORD: 'mail-password' },
      });
      endings.push(() => world.close());
      await writeFile(join(world.folder, 'key.txt'), 'sandbox-key');
      if (worker) await world.worker();
      return world;
    },
  };
}

/** What a webhook was told, like `raised stale credits`. */
export const events = ({ posts }: Hook): string[] =>
  posts.map(({ body }) => [body.event, body.rule, body.subject].filter((part) => part !== null).join(' '));

/** Until everything that was written down has been told. */
export const settled = (world: World) =>
  until('every message to be delivered', async () => {
    const [row] = await world.sql`SELECT count(*)::int AS open FROM sync.alert_deliveries WHERE state = 'pending'`;
    return row!.open === 0;
  });
