import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { happenings, LedgerPlay } from './ledger-model.ts';
import { Ledgers } from './ledgers.ts';

/** A seed that a failed test has printed. */
const replay: number | null = null;
const seed = replay ?? Math.floor(Date.now() / 1000);
const long = process.env.LEDGER_RUNS;
const numRuns = long === undefined ? 12 : Number(long);

describe('whatever happens to deliveries, workers and values', () => {
  let ledgers: Ledgers;
  beforeAll(async () => {
    ledgers = await Ledgers.open();
  });

  it.each(['resend', 'hold'] as const)(
    `the store claims nothing that the vendor has not taken, and sends nothing twice without saying why (%s, seed ${seed})`,
    { timeout: 3_000_000 },
    async (onUnknown) => {
      let doubled = 0;
      await fc.assert(
        fc.asyncProperty(happenings, async (happened) => {
          ledgers.sources.fresh({ onUnknown, batchElements: 3 });
          const play = new LedgerPlay(ledgers);
          await play.begin();
          for (const one of happened) {
            await play.play(one);
            await play.check();
          }
          await play.settleDown();
          doubled += play.doubled;
        }),
        { numRuns, seed, endOnFailure: long === undefined },
      );
      console.log(`${onUnknown}: ${numRuns} sequences, ${doubled} values taken twice`);
    },
  );
});
