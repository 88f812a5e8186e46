/**
 * What can make a run slow, late, partial, parked or failed. `sync.causes` counts them by run, stream and kind.
 * Only types: workflows import this file.
 */
export type CauseKind =
  /** 429, or 503 with a time to wait: `seconds` is what was waited. */
  | 'rate-limited'
  /** 5xx, cut connections, time-outs: `seconds` is the back-off that followed. */
  | 'unavailable'
  /** An answer that is not as the vendor documents. */
  | 'contract'
  /** The database was away or refused. */
  | 'database'
  /** An attempt ended without a word: its worker was killed, frozen or cut off. */
  | 'worker-lost'
  /** No worker took the next step; `seconds` is how long it lay. */
  | 'worker-missing'
  /** A stream that changed while it was read was read again: `seconds` is what that pass took. */
  | 'page-shift'
  /** Rows that were missing were looked for in another pass: `seconds` is what it took. */
  | 'second-look'
  /** A file that changed, or whose server knows no ranges, was begun again. */
  | 'file-again'
  /** Records that were put aside. */
  | 'quarantine'
  /** Deletes, or a snapshot's rows, that waited for a person. */
  | 'brake'
  /** A large push, or one after deliveries that nobody knows of, that waited for a person. */
  | 'agreement'
  /** A credential or setting that the vendor refused. */
  | 'refused'
  /** A person paused it. */
  | 'paused'
  /** Its budget of requests was used up. */
  | 'budget'
  /** A person asked for everything again: `seconds` is what a pass took that began anew for it. */
  | 'resync'
  /** An error that incentive-sync should not have made. */
  | 'defect';

/** Why a pass is read although there was one before it in the run; `why` is a sentence of ours. */
export interface PassAgain {
  kind: Extract<CauseKind, 'page-shift' | 'second-look' | 'resync'>;
  why: string | null;
}
