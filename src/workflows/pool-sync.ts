import type { Receipt } from '../receipt.ts';
import { handleMessages } from './messaging.ts';
import type { RunOptions } from './names.ts';
import { readStreams } from './read-streams.ts';
import { runToEnd } from './run.ts';
import { type CarriedStreams, StreamsState } from './streams-state.ts';
import { verdictOf } from './verdict.ts';

const resync = 'Reads all pools again and writes them, changed or not.';

/**
 * Reads Vibes' incentive pools and notes their levels; pools that two complete passes did not show are marked as deleted.
 *
 * `connection` is a name from the configuration. `carried` is what continuing as new hands over, and nobody else passes
 * it.
 */
export async function poolSync(
  connection: string,
  options: RunOptions = {},
  carried?: CarriedStreams,
): Promise<Receipt> {
  const state = new StreamsState('vibes', connection, options, carried);
  handleMessages(state, resync);
  return runToEnd(state, {
    read: readStreams,
    verdicts: ({ plans, rules }) => plans.map((plan) => verdictOf(plan, rules)),
  });
}
