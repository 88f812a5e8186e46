/**
 * Everything that can go wrong, as a closed set. Each message says what happened, to which thing and what to do now;
 * none quotes a vendor's body or a secret, because messages reach Temporal's history, logs and terminals.
 */

export const errorKinds = [
  'Configuration',
  'Authentication',
  'RateLimited',
  'VendorUnavailable',
  'VendorContract',
  'LeaseLost',
  'Database',
] as const;

export type ErrorKind = (typeof errorKinds)[number];

export abstract class SyncError extends Error {
  abstract readonly kind: ErrorKind;
  override get name(): string {
    return this.kind;
  }
}

/** The file, an environment variable or an argument is wrong. `mistakes` has one sentence for each. */
export class ConfigurationError extends SyncError {
  readonly kind = 'Configuration';
  readonly mistakes: readonly string[];
  constructor(message: string, mistakes: readonly string[] = []) {
    super(message);
    this.mistakes = mistakes;
  }
}

/** The vendor refused the credential (401, 403). Retrying with the same one is useless. */
export class AuthenticationError extends SyncError {
  readonly kind = 'Authentication';
}

/** The vendor asks for a pause (429, or 503 with Retry-After). `retryAfterMs` is counted from now. */
export class RateLimitedError extends SyncError {
  readonly kind = 'RateLimited';
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** No usable answer: refused connection, time-out, 5xx, a body that was cut. A later try may succeed. */
export class VendorUnavailableError extends SyncError {
  readonly kind = 'VendorUnavailable';
}

/** An answer arrived, but it is not what the vendor documents. */
export class VendorContractError extends SyncError {
  readonly kind = 'VendorContract';
}

/**
 * A newer attempt holds the cursor; this one must stop without writing. `final` where a newer run or a later step of the
 * run holds it: then no attempt of this step can ever take it.
 */
export class LeaseLostError extends SyncError {
  readonly kind = 'LeaseLost';
  readonly final: boolean;
  constructor(message: string, { final }: { final: boolean } = { final: false }) {
    super(message);
    this.final = final;
  }
}

/** PostgreSQL is unreachable or refused a statement. */
export class DatabaseError extends SyncError {
  readonly kind = 'Database';
}
