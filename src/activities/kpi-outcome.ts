import { AuthenticationError, RateLimitedError, type SyncError, VendorUnavailableError } from '../errors.ts';
import type { Health, Outcome } from '../store/atobi/answers.ts';
import type { KpiAnswer } from '../vendors/atobi/answer.ts';
import { type Patience, planRetry } from './failure.ts';

/** What an answer comes to: how it stands in the journal, and the error that ends the run's patience, if it does. */
export interface JudgedAnswer {
  outcome: Outcome;
  giveUp: SyncError | null;
}

export interface Circumstances {
  /** Before this answer. */
  health: Health;
  /** The vendor has not answered this run yet. */
  firstContact: boolean;
  patience: Patience;
}

/** Where a 429 does not say how long, the first pause is this long and doubles up to a minute, the vendor's window. */
const pauseMs = 5_000;
const longestPauseMs = 60_000;

/** Where several lanes send with one token, each may have it refused once: more in a row is no renewal. */
const mostRefusedTokens = 12;

/** Pure. A refusal for what is inside is no failure of the vendor; it does not slow the push down. */
export function judgeAnswer(answer: KpiAnswer, circumstances: Circumstances, refusedTokens: number): JudgedAnswer {
  const { kind, http, status, why, sentence, answer: text } = answer;
  const split = why === 'splittable' || why === 'status';
  const outcome = {
    kind,
    http,
    status,
    answer: text,
    refusal: why ?? null,
    explanation: sentence,
    split,
    failed: false,
    holdMs: null,
  };
  if (kind === 'accepted' || split || why === 'configuration') return { outcome, giveUp: null };
  if (why === 'forbidden' || (why === 'token' && refusedTokens >= mostRefusedTokens)) {
    return { outcome, giveUp: new AuthenticationError(sentence) };
  }
  if (why === 'token') return { outcome, giveUp: null };
  const { holdMs, giveUp } = afterTrouble(troubleOf(answer, circumstances.health), circumstances);
  return { outcome: { ...outcome, failed: true, holdMs }, giveUp };
}

function troubleOf({ why, sentence, retryAfterMs }: KpiAnswer, { failures }: Health): SyncError {
  if (why !== 'rateLimited') return new VendorUnavailableError(sentence);
  return new RateLimitedError(sentence, retryAfterMs ?? Math.min(pauseMs * 2 ** Math.min(failures, 8), longestPauseMs));
}

/** How long the whole connection waits after trouble with the vendor, and whether it was once too often. */
export function afterTrouble(
  error: SyncError,
  { health, firstContact, patience }: Circumstances,
): { holdMs: number | null; giveUp: SyncError | null } {
  const failures = health.failures + 1;
  const plan = planRetry(
    error,
    { failures, contractFailures: failures, idleMs: health.idleMs, firstContact },
    patience,
  );
  return plan.retry ? { holdMs: plan.afterMs, giveUp: null } : { holdMs: null, giveUp: error };
}
