export interface AtobiOptions {
  /** Path before `/oauth` and `/api`. Default `/atobi`. */
  basePath?: string;
  /** Default `sandbox-client`. */
  clientId?: string;
  /** Default `sandbox-secret`. */
  clientSecret?: string;
  /** The only scope that a token is given for; default null, which takes any and none. */
  scope?: string | null;
  /** The identifier of the integration that transfers have to name. Default `sandbox-feed`. */
  type?: string;
  /** The contexts that transfers may name; any where null, which is the default. */
  contexts?: readonly string[] | null;
  /** Default `v1`. */
  apiVersion?: string;
  /** Requests let through in any window. Default 180. */
  requestsPerMinute?: number;
  /** Length of the window. Default 60,000. */
  windowMs?: number;
  /** Whether requests for a token are counted too. Default `all`. */
  limits?: 'all' | 'kpi';
  /** How a 429 says when to come again. Default `seconds`. */
  retryAfter?: 'seconds' | 'date' | 'none';
  /** How long tokens are good. Default 3600. */
  tokenSeconds?: number;
  /** How `expires_in` says so: as a number, as text, or not at all. Default `number`. */
  expiresIn?: 'number' | 'text' | 'none';
  /** A larger body is answered 413. Default 2,000,000. */
  maxBodyBytes?: number;
  /** What `status` says when a transfer was taken. Default `ok`. */
  status?: string | number | boolean;
  /** Every answer comes so much later. Default 0. */
  latencyMs?: number;
}

export type Settings = Required<AtobiOptions>;

export const defaults: Settings = {
  basePath: '/atobi',
  clientId: 'sandbox-client',
  clientSecret: 'sandbox-secret',
  scope: null,
  type: 'sandbox-feed',
  contexts: null,
  apiVersion: 'v1',
  requestsPerMinute: 180,
  windowMs: 60_000,
  limits: 'all',
  retryAfter: 'seconds',
  tokenSeconds: 3600,
  expiresIn: 'number',
  maxBodyBytes: 2_000_000,
  status: 'ok',
  latencyMs: 0,
};
