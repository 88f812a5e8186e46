import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../store/database.ts';
import { accepted, Ledgers } from './ledgers.ts';

describe('a worker that stands still while it holds the budget', () => {
  let ledgers: Ledgers;
  beforeAll(async () => {
    ledgers = await Ledgers.open();
  });
  beforeEach(() => ledgers.sources.fresh());

  /** Resolves with how long `work` took while another session had the lock and did nothing. */
  async function behindFrozen(work: () => Promise<unknown>): Promise<number> {
    const worker = connect(ledgers.sources.url);
    const locked = Promise.withResolvers<void>();
    const frozen = worker
      .begin(async (transaction) => {
        await transaction`SELECT 1 FROM atobi.budgets WHERE connection = ${ledgers.connection} FOR UPDATE`;
        locked.resolve();
        await sleep(20_000);
      })
      .catch((error: Error) => error.message);
    await locked.promise;
    const begun = performance.now();
    await work();
    const took = performance.now() - begun;
    expect(await frozen).toMatch(/terminat|CONNECTION_CLOSED|closed/);
    return took;
  }

  it('keeps nobody from taking, noting an answer or gathering for more than some seconds', {
    timeout: 90_000,
  }, async () => {
    await ledgers.show({ a: '1', b: '2' });
    const { runId } = await ledgers.gather();
    expect(await behindFrozen(() => ledgers.take({ runId }))).toBeLessThan(9_000);
    const [{ delivery } = { delivery: 0 }] = await ledgers.journal();
    expect(await behindFrozen(() => ledgers.answer(runId, { delivery }, accepted))).toBeLessThan(9_000);
    expect(await ledgers.states()).toEqual({ a: 'accepted', b: 'accepted' });
    expect(await behindFrozen(() => ledgers.gather())).toBeLessThan(9_000);
  });
});
