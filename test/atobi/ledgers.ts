import type { GatheredKpis } from '../../src/activities/gather-kpis.ts';
import { type Outcome, recordAnswer } from '../../src/store/atobi/answers.ts';
import { type Delivery, type NextStep, type Taking, takeDelivery } from '../../src/store/atobi/deliveries.ts';
import { writeBody } from '../../src/vendors/atobi/body.ts';
import { Sources } from './sources.ts';

const whole: Outcome = {
  ...{ kind: 'refused', http: 422, status: null, answer: 'The given data was invalid.', refusal: 'splittable' },
  ...{ explanation: 'It refuses the transfer as a whole.', split: true, failed: false, holdMs: null },
};

export const accepted: Outcome = { ...whole, kind: 'accepted', http: 200, status: 'ok', refusal: null, split: false };
export const refused = (answer = whole.answer): Outcome => ({ ...whole, answer });
export const unknown: Outcome = { ...accepted, kind: 'unknown', http: null, status: null };
/** The vendor failed: nothing is held here, so that tests need not wait. */
export const failed: Outcome = { ...whole, http: 500, refusal: 'transient', split: false, failed: true };

/** Who sends, as a workflow would have it. */
export interface Sender extends Partial<Omit<Taking, 'deliverer' | 'envelope'>> {
  runId: string;
  lease?: number;
  attempt?: number;
  type?: string;
  timeoutMs?: number;
}

/** The store's part of pushes without Temporal and HTTP: a test takes deliveries and says what became of each. */
export class Ledgers {
  readonly sources: Sources;

  static async open(): Promise<Ledgers> {
    return new Ledgers(await Sources.open());
  }

  private constructor(sources: Sources) {
    this.sources = sources;
  }

  get sql() {
    return this.sources.sql;
  }

  get connection(): string {
    return this.sources.connection.name;
  }

  /** `users`: values by user. */
  async show(users: Record<string, string>): Promise<void> {
    for (const [user, value] of Object.entries(users)) await this.sources.put({ user, value });
  }

  gather(input: Parameters<Sources['gather']>[0] = {}): Promise<GatheredKpis & { runId: string }> {
    return this.sources.gather(input);
  }

  take(sender: Sender): Promise<NextStep> {
    const { runId, lease = 1, attempt = 1, type = 'feed', timeoutMs = 1_000, ...more } = sender;
    const { onUnknown } = this.sources.connection;
    return takeDelivery(this.sql, {
      deliverer: { connection: this.connection, runId, lease, attempt },
      budget: { connection: this.connection, requestsPerMinute: 6_000, timeoutMs },
      envelope: { type, apiVersion: 'v1' },
      ...{ onUnknown, trusted: false, doubtedUpTo: 0 },
      write: (context, elements) => writeBody({ type, context, elements }),
      ...more,
    });
  }

  /** What is to be sent now; rejects where nothing is. */
  async send(sender: Sender): Promise<Delivery> {
    const next = await this.take(sender);
    if (next.step !== 'send') throw new Error(`nothing to send: ${JSON.stringify(next)}`);
    return next.sending;
  }

  async answer(
    runId: string,
    { delivery }: { delivery: number },
    outcome: Outcome,
    mostHalvings = 1_000,
  ): Promise<void> {
    const { onUnknown } = this.sources.connection;
    await recordAnswer(this.sql, { connection: this.connection, runId, onUnknown, mostHalvings }, delivery, outcome);
  }

  /** State of each element by its user. */
  async states(): Promise<Record<string, string>> {
    const rows = await this.sql<{ user_id: string; state: string }[]>`
      SELECT user_id, state FROM atobi.elements WHERE connection = ${this.connection} ORDER BY user_id`;
    return Object.fromEntries(rows.map(({ user_id, state }) => [user_id, state]));
  }

  /** What is noted of each element, by its user. */
  async noted(): Promise<Record<string, { state: string; accepted: string | null }>> {
    const rows = await this.sql<{ user: string; state: string; accepted: string | null }[]>`
      SELECT user_id AS user, state, accepted_value::text AS accepted FROM atobi.elements
      WHERE connection = ${this.connection}`;
    return Object.fromEntries(rows.map(({ user, ...row }) => [user, row]));
  }

  /** What the source shows, by user. */
  async values(): Promise<Record<string, string>> {
    const rows = await this.sql<{ user: string; value: string }[]>`
      SELECT user_id AS user, value::text FROM atobi.kpi_values WHERE connection = ${this.connection}`;
    return Object.fromEntries(rows.map(({ user, value }) => [user, value]));
  }

  async journal() {
    return [
      ...(await this.sql<
        { delivery: number; state: string; repeats: number | null; resolution: string | null; why: string }[]
      >`
        SELECT delivery::float8, state, repeats::float8, resolution, why FROM atobi.deliveries
        WHERE connection = ${this.connection} ORDER BY delivery`),
    ];
  }
}
