import { refusedCredential } from './failures.ts';
import type { RunState } from './run-state.ts';
import { park } from './waits.ts';

/** A credential that is refused parks the run; it goes on where it was. */
export async function orPark(state: RunState, work: () => Promise<void>): Promise<void> {
  await refusable(state, work);
  if (state.refused === null) return;
  const reason = state.refused;
  state.refused = null;
  await park(state, reason);
}

/** Only notes the refusal: others that are under way may end first. */
export async function refusable(state: RunState, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    state.refused = refusedCredential(error);
    if (state.refused === null) throw error;
  }
}
