import type { SecretReference } from '../secrets.ts';

/** What an alert can be about. The names are what `on:` takes, and what `sync.alerts.rule` holds. */
export const alertKinds = [
  'failed',
  'partial',
  'parked',
  'approval',
  'stale',
  'quarantine',
  'pool-low',
  'pool-dry',
] as const;

export type AlertKind = (typeof alertKinds)[number];

export interface WebhookChannel {
  readonly name: string;
  readonly type: 'webhook';
  /** Whoever has it can write there, so it is a secret. */
  readonly url: SecretReference;
  readonly format: 'json' | 'slack';
}

export interface MailChannel {
  readonly name: string;
  readonly type: 'smtp';
  readonly host: string;
  readonly port: number;
  /** `starttls` is never done without; `none` only where no password is sent, or to this machine. */
  readonly security: 'starttls' | 'tls' | 'none';
  readonly username?: SecretReference | undefined;
  /** There exactly where `username` is. */
  readonly password?: SecretReference | undefined;
  readonly from: string;
  /** Never empty. */
  readonly to: readonly string[];
}

export type Channel = WebhookChannel | MailChannel;

interface Watched {
  /** All where absent. */
  readonly connections?: readonly string[] | undefined;
  /** Names of channels; all where absent, nobody where empty. */
  readonly channels?: readonly string[] | undefined;
}

/** Of several rules about the same kind, the first that covers a thing counts for it. */
export type AlertRule =
  | (Watched & { readonly on: 'failed' | 'partial' | 'parked' | 'approval' })
  | (Watched & {
      readonly on: 'stale';
      readonly streams?: readonly string[] | undefined;
      /** Milliseconds. Where absent, three times the `every` of a connection's schedule, and an hour at least. */
      readonly freshWithin?: number | undefined;
    })
  | (Watched & {
      readonly on: 'quarantine';
      readonly streams?: readonly string[] | undefined;
      /** Records put aside that are nothing to tell. */
      readonly moreThan: number;
    })
  | (Watched & {
      readonly on: 'pool-low';
      /** Names of pools. */
      readonly pools?: readonly string[] | undefined;
      /** Codes left; where absent, what Vibes has as the pool's own. */
      readonly threshold?: number | undefined;
    })
  | (Watched & {
      readonly on: 'pool-dry';
      readonly pools?: readonly string[] | undefined;
      /** Where absent, the connection's `lowWithinDays`. */
      readonly withinDays?: number | undefined;
    });

export type RuleOn<Kind extends AlertKind> = Extract<AlertRule, { on: Kind }>;

export interface AlertSettings {
  /** In the order of the file; at least one. */
  readonly channels: readonly Channel[];
  readonly rules: readonly AlertRule[];
  /** Milliseconds between two looks at everything; what a run does is looked at when it does it. */
  readonly every: number;
  /** Milliseconds after which a channel that takes nothing is no longer tried. */
  readonly giveUpAfter: number;
}

/** One of each kind, for all connections and to all channels. */
export const defaultRules: readonly AlertRule[] = [
  { on: 'failed' },
  { on: 'partial' },
  { on: 'parked' },
  { on: 'approval' },
  { on: 'stale' },
  { on: 'quarantine', moreThan: 0 },
  { on: 'pool-low' },
  { on: 'pool-dry' },
];
