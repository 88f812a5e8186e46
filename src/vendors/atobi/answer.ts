/** What became of one transfer, as far as its answer tells. It is never thrown: the journal has to know it. */
export interface KpiAnswer {
  readonly kind: 'accepted' | 'refused' | 'unknown';
  /** Null where no answer came. */
  readonly http: number | null;
  /** `status` of the answer's JSON, as text. */
  readonly status: string | null;
  /** The answer's text, at most 4,000 characters, without control characters. */
  readonly answer: string;
  /** Of a refusal only. */
  readonly why?: KpiRefusal;
  /** How long the vendor asks to wait. */
  readonly retryAfterMs?: number;
  /** False where it is certain that no byte of the request left. */
  readonly sent: boolean;
  /** For people; quotes nothing of the answer. */
  readonly sentence: string;
}

/**
 * - `splittable`: something inside is wrong or too much; a part of it may be taken
 * - `rateLimited`: too many requests; the same may be taken later
 * - `transient`: the vendor, or the way there, is broken for now
 * - `token`: the access token is not accepted (any more); `ready` gets another
 * - `forbidden`: the client may not do this
 * - `configuration`: the request as such is wrong, so every further one would be
 * - `status`: an answer of success whose `status` says failure
 */
export type KpiRefusal =
  | 'splittable'
  | 'rateLimited'
  | 'transient'
  | 'token'
  | 'forbidden'
  | 'configuration'
  | 'status';
