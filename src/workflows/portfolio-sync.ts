import type { Receipt } from '../receipt.ts';
import { handleMessages } from './messaging.ts';
import type { RunOptions } from './names.ts';
import { readStreams } from './read-streams.ts';
import { runToEnd } from './run.ts';
import { type CarriedStreams, StreamsState } from './streams-state.ts';
import { verdictOf } from './verdict.ts';

const resync =
  'Reads everything again from page 1 and writes it, changed or not. {"streams": ["credits"], "reason": "…"} names streams; empty means all.';

/**
 * Pulls an Incentify portfolio: projects, then credits, then utilizations, each page stored exactly once, each stream
 * read again where it does not add up, and rows marked as deleted that two complete passes did not show.
 *
 * `connection` is a name from the configuration; `options` may name streams. `carried` is what continuing as new hands
 * over, and nobody else passes it.
 */
export async function portfolioSync(
  connection: string,
  options: RunOptions = {},
  carried?: CarriedStreams,
): Promise<Receipt> {
  const state = new StreamsState('incentify', connection, options, carried);
  handleMessages(state, resync);
  return runToEnd(state, {
    read: readStreams,
    verdicts: ({ plans, rules }) => plans.map((plan) => verdictOf(plan, rules)),
  });
}
