import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../src/receipt.ts';
import { World } from '../support/world.ts';
import { serve, serveTls } from '../vendors/local-servers.ts';
import { connections, small, syncOf } from './help.ts';

describe('a base URL that leads nowhere', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({ sandbox: { sizes: small } });
  });
  afterAll(() => world.close());

  it('fails within about ten seconds, says what and where and what to do, and stores nothing', async () => {
    const { url } = world.sandbox;
    const { origin: unknownAuthority } = await serveTls((_, response) => response.end('{}'));
    const webSite = await serve((_, response) => response.end('<!doctype html><h1>Welcome</h1>'));
    const moved = await serve((_, response) => response.writeHead(301, { location: `${url}/incentify` }).end());
    const told: Record<string, { baseUrl: string; words: RegExp }> = {
      path: { baseUrl: `${url}/incentfy`, words: /answered 404: there is no such resource\. Check `baseUrl`/ },
      host: { baseUrl: 'https://portfolio.invalid', words: /host name is not known\. Check `baseUrl`/ },
      port: {
        baseUrl: 'http://127.0.0.1:1',
        words: /nothing listens at that address\. Check host and port of `baseUrl`/,
      },
      tls: { baseUrl: unknownAuthority, words: /authority that is not known here\. Set NODE_EXTRA_CA_CERTS/ },
      scheme: { baseUrl: url.replace('http:', 'https:'), words: /TLS handshake failed\. Check that `baseUrl`/ },
      website: { baseUrl: webSite, words: /sent an HTML page instead of JSON\. Check `baseUrl`/ },
      moved: { baseUrl: moved, words: new RegExp(`redirects to ${url}, where the key is not sent.*\`baseUrl\``) },
    };
    await connections(
      world,
      Object.fromEntries(Object.entries(told).map(([name, { baseUrl }]) => [name, { baseUrl }])),
    );
    await world.worker();
    await Promise.all(
      Object.entries(told).map(async ([name, { baseUrl, words }]) => {
        const begun = performance.now();
        const receipt = await syncOf(world, name);
        const seconds = (performance.now() - begun) / 1000;
        expect(receipt, name).toMatchObject({ connection: name, status: 'failed' } satisfies Partial<Receipt>);
        expect(receipt.reasons, name).toEqual([expect.stringMatching(words)]);
        expect(receipt.reasons[0], name).toContain(`Incentify (GET ${baseUrl}/projects`);
        expect(seconds, name).toBeLessThan(25);
      }),
    );
    const [rows] = await world.sql`
      SELECT (SELECT count(*)::int FROM incentify.projects) AS projects,
        (SELECT count(*)::int FROM sync.receipts WHERE status = 'failed') AS failed,
        (SELECT count(*)::int FROM sync.runs WHERE status = 'failed' AND finished_at IS NOT NULL) AS ended`;
    expect(rows).toEqual({ projects: 0, failed: 7, ended: 7 });
    // The mistyped path is on the sandbox: asked once, since asking again changes nothing.
    expect(world.sandbox.journal({ path: '/incentfy/*' })).toHaveLength(1);
  });
});
