import { afterEach, describe, expect, it } from 'vitest';
import { askToken, linkTo } from '../sandbox/neoday-help.ts';
import { files, histories, tables } from '../support/everywhere.ts';
import { downloadsOf } from '../support/exports.ts';
import { World } from '../support/world.ts';

const win = 'win-info';
const secret = 's3cret-that-nobody-may-see';
const inBase64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');

/** The secret in the forms in which it could hide, tokens, and whatever is signed in a URL. */
const secrets = [new RegExp(secret), new RegExp(inBase64), /eyJ[\w-]{8,}\.[\w-]+/, /X-Amz-/i, /Bearer /i];

describe('the client secret, tokens and signed URLs', () => {
  let world: World;
  afterEach(() => world.close());

  it('are in no history, log, receipt, table or file, however runs end, and the file server sees no token', async () => {
    world = await World.create({
      system: 'neoday',
      neoday: { only: [win], exports: { [win]: { rows: 2_000, results: 3 } }, clientSecret: secret },
      env: { GAMES_SECRET: secret },
    });
    const { sandbox } = world;
    const worker = await world.workerProcess();
    const oldest = sandbox.neoday.results(win)[0]!.id;
    const receipts = [];
    sandbox.setFaults([
      { kind: 'expired-url', afterUses: 1 },
      { kind: 'cut-file', afterBytes: 100_000, first: 2 },
      { kind: 'status', status: 500, steps: ['fetch', 'results', 'download'], every: 4 },
      { kind: 'gone', results: [oldest], steps: ['download'] },
    ]);
    receipts.push(await world.sync());
    sandbox.neoday.addResult(win);
    // Nobody is there; tried again, since files may be in a private network where the gateway is in one.
    sandbox.setFaults([{ kind: 'file-url', origin: 'http://127.0.0.1:9', first: 2 }]);
    receipts.push(await world.sync());
    sandbox.neoday.addResult(win);
    sandbox.setFaults([{ kind: 'store', empty: 'file' }]);
    receipts.push(await world.sync());
    sandbox.setFaults([{ kind: 'status', status: 401, steps: ['exports', 'fetch', 'results'] }]);
    receipts.push(await world.sync());
    expect(receipts.map(({ status }) => status)).toEqual(['partial', 'completed', 'partial', 'parked']);

    const told = await histories(world);
    expect(told).toHaveLength(4);
    const places = {
      histories: told.join('\n'),
      receipts: JSON.stringify(receipts),
      logs: worker.output,
      tables: await tables(world),
      files: await files(world),
    };
    // The search would find it: what is searched for is there under the names that may be told.
    expect(places.histories).toContain('loadResult');
    expect(places.receipts).toContain(oldest);
    expect(places.logs).toContain('answered 500');
    expect(places.tables).toContain('the file is gone');
    const { json } = await askToken(sandbox);
    sandbox.clearFaults();
    const whole = `Bearer ${json.access_token} ${await linkTo(sandbox, win, 1)} ${secret} ${inBase64}`;
    for (const pattern of secrets) {
      expect(whole).toMatch(pattern);
      for (const [place, text] of Object.entries(places)) expect(pattern.exec(text)?.[0], place).toBeUndefined();
    }

    const downloads = downloadsOf(world);
    expect(downloads.length).toBeGreaterThan(6);
    expect(downloads.every(({ authorization }) => !authorization)).toBe(true);
    const asked = sandbox.journal().filter(({ step }) => step === 'fetch');
    expect(asked.every(({ authorization }) => authorization)).toBe(true);
    const noted = JSON.stringify(sandbox.journal());
    for (const pattern of [new RegExp(secret), /eyJ/, /X-Amz-Signature=[0-9a-f]/]) expect(noted).not.toMatch(pattern);
  });
});
