import type { Message } from '../alerts/message.ts';
import type { Sent } from '../alerts/send.ts';
import type { Watch } from '../alerts/watch.ts';
import type { Channel } from '../config/alerts/settings.ts';
import type { Connection } from '../config/schema.ts';
import type { AtobiConnection } from '../config/systems/atobi.ts';
import type { IncentifyConnection } from '../config/systems/incentify.ts';
import type { NeodayConnection } from '../config/systems/neoday.ts';
import type { VibesConnection } from '../config/systems/vibes.ts';
import type { KpiReader } from '../store/atobi/reader.ts';
import type { Store } from '../store/connect.ts';
import type { AtobiClient } from '../vendors/atobi/client.ts';
import type { IncentifyClient } from '../vendors/incentify/client.ts';
import type { NeodayClient } from '../vendors/neoday/client.ts';
import type { VibesClient } from '../vendors/vibes/client.ts';
import type { RunUnderWay } from '../workflows/ticks.ts';
import type { Patience } from './failure.ts';
import type { SignedUrls } from './signed-urls.ts';

/** What looking after alerts needs. */
export interface AlertDependencies {
  /** Null where the configuration asks for no alerts. */
  watch: Watch | null;
  /** Sends a message once. */
  send(channel: Channel, message: Message, signal: AbortSignal): Promise<Sent>;
  /** Has the workflows of these channels look for what is to be told. */
  wake(channels: readonly string[]): Promise<void>;
}

/** What a tick of a schedule asks Temporal, and has it do. `runId` is always a run's first execution's. */
export interface TickDependencies {
  /** The run of a connection that is under way, whoever began it; null where there is none. */
  underWay(connection: string): Promise<RunUnderWay | null>;
  /** When Temporal began a run; null where it does not know the run any more. */
  begunAt(connection: string, runId: string): Promise<Date | null>;
  /** A parked run under way tries again. */
  tell(connection: string): Promise<void>;
  /** Asks a run to end, in the name of its schedule. */
  cancel(connection: string, runId: string): Promise<void>;
  /** Waits until a run has ended, however it did. Rejects when `signal` comes. */
  ended(connection: string, runId: string, signal: AbortSignal): Promise<void>;
  /** Pauses a schedule; the note that it bears then, ours or an earlier one. Null where it is gone or not ours. */
  pause(connection: string, note: string): Promise<string | null>;
}

/** What activities work with; built once by the worker, handed in so that tests can build their own. */
export interface ActivityDependencies {
  store: Store;
  /** @throws ConfigurationError for a name that the configuration does not have. */
  connection(name: string): Connection;
  /** Where a connection's records come from, always the same text for the same place. */
  pointsAt(connection: Connection): string;
  /** One client a connection, kept for its sockets. */
  incentify(connection: IncentifyConnection): IncentifyClient;
  neoday(connection: NeodayConnection): NeodayClient;
  atobi(connection: AtobiConnection): AtobiClient;
  vibes(connection: VibesConnection): VibesClient;
  /** The newest delivery that runs of a connection have noted in Temporal; 0 where none has. */
  journalMark(connection: string): Promise<number>;
  /** Whether the attempt before this one of an activity ended without a word. */
  attemptLost(execution: { workflowId: string; runId: string }, activityId: string): Promise<boolean>;
  /** Runs queries of the configuration. */
  reader: KpiReader;
  alerts: AlertDependencies;
  ticks: TickDependencies;
  /** Of this worker. */
  urls: SignedUrls;
  /** `text` without any known secret. */
  redact(text: string): string;
  /** `sync.installation`; activities of another one's runs are handed back. Not checked where undefined. */
  installation?: string | undefined;
  /** Whether the namespace knows our search attributes; a workflow task that sets an unknown one fails. */
  searchAttributes: boolean;
  /** Bounds of one `readPages`, so that the workflow gets a turn. */
  slice: { milliseconds: number; pages: number };
  /** When a vendor that gives no usable answer is given up. */
  patience: Patience;
}
