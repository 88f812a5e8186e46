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
  /** Runs queries of the configuration. */
  reader: KpiReader;
  alerts: AlertDependencies;
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
