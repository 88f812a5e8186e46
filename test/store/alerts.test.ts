import { beforeAll, describe, expect, it } from 'vitest';
import {
  dueChannels,
  nextDelivery,
  noteDelivered,
  noteUndelivered,
  takeDelivery,
} from '../../src/store/alerts/deliveries.ts';
import { judgeAlerts, type NewAlert, type OpenAlert } from '../../src/store/alerts/ledger.ts';
import { listAlerts } from '../../src/store/alerts/list.ts';
import { purgeConnection } from '../../src/store/connections.ts';
import { copyTemplate } from '../support/world.ts';
import { connect } from './database.ts';

let url: string;
let sql: ReturnType<typeof connect>;
beforeAll(async () => {
  url = (await copyTemplate()).databaseUrl;
  sql = connect(url);
});

const alert = (connection: string, channels = ['ops']): NewAlert => ({
  rule: 'failed',
  connection,
  subject: '',
  since: '2026-03-01T06:00:00.000Z',
  title: `${connection}: the run failed`,
  text: 'Why.',
  commands: ['incentive-sync status', `incentive-sync sync ${connection}`],
  facts: { runId: 'r1' },
  channels,
});

const raise = (...alerts: NewAlert[]) => judgeAlerts(sql, [], () => ({ raise: alerts, recover: [] }));
const recover = (connection: string) =>
  judgeAlerts(sql, [], (_facts, open) => ({ raise: [], recover: ended(open, connection) }));
const ended = (open: readonly OpenAlert[], connection: string) =>
  open.filter((one) => one.connection === connection).map(({ id }) => ({ id, recovery: 'It is well.' }));

describe('the alerts', () => {
  it('are raised once and recover once, whoever looks at the same moment', async () => {
    const workers = [sql, connect(url), connect(url)];
    const atOnce = (changes: Parameters<typeof judgeAlerts>[2]) =>
      Promise.all([...workers, ...workers].map((worker) => judgeAlerts(worker, [], changes)));
    const raised = await atOnce(() => ({ raise: [alert('both', ['ops', 'mail'])], recover: [] }));
    expect(raised.map((one) => one.raised).toSorted()).toEqual([0, 0, 0, 0, 0, 1]);
    const recovered = await atOnce((_facts, open) => ({ raise: [], recover: ended(open, 'both') }));
    expect(recovered.map((one) => one.recovered).toSorted()).toEqual([0, 0, 0, 0, 0, 1]);
    const [only, ...others] = (await listAlerts(sql, true, 10)).filter(({ connection }) => connection === 'both');
    expect(others).toEqual([]);
    expect(only!.deliveries.map(({ channel, kind }) => `${channel} ${kind}`)).toEqual([
      'ops raised',
      'mail raised',
      'ops recovered',
      'mail recovered',
    ]);
  });

  it('can be raised anew once they have recovered', async () => {
    for (let times = 0; times < 2; times++) {
      expect(await raise(alert('again'))).toEqual({ raised: 1, recovered: 0 });
      expect(await recover('again')).toEqual({ raised: 0, recovered: 1 });
    }
  });

  it('go with their connection, and what was told of them', async () => {
    await raise(alert('purged'));
    await purgeConnection(sql, 'purged', async () => undefined);
    expect((await listAlerts(sql, true, 100)).filter(({ connection }) => connection === 'purged')).toEqual([]);
  });
});

describe('a message', () => {
  const take = (channel: string, ms = 60_000) => takeDelivery(sql, channel, ms);

  it('is taken by one, told in order, and the recovery only after what it is the recovery of', async () => {
    await raise(alert('ordered', ['a']));
    await recover('ordered');
    const [one, other] = await Promise.all([take('a'), takeDelivery(connect(url), 'a', 60_000)]);
    const first = one ?? other;
    expect([one, other].filter((taken) => taken === null)).toHaveLength(1);
    expect(first).toMatchObject({ kind: 'raised', attempts: 1, commands: alert('ordered').commands });
    expect(await nextDelivery(sql, 'a')).toBeGreaterThan(50_000);
    expect(await dueChannels(sql)).not.toContain('a');
    await noteUndelivered(sql, first!.id, 'it answered 500.', 30_000);
    expect(await take('a')).toBeNull();
    await noteDelivered(sql, first!.id, null);
    expect(await dueChannels(sql)).toContain('a');
    const second = await take('a');
    expect(second).toMatchObject({ kind: 'recovered', recovery: 'It is well.' });
    await noteDelivered(sql, second!.id, null);
    expect(await nextDelivery(sql, 'a')).toBeNull();
  });

  it('that somebody took and did not come back with is free again', async () => {
    await raise(alert('dropped', ['b']));
    expect(await take('b', 50)).toMatchObject({ attempts: 1 });
    expect(await take('b')).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await take('b')).toMatchObject({ attempts: 2 });
  });

  it('that is given up says so and holds nothing up', async () => {
    await raise(alert('silent', ['c']));
    await recover('silent');
    await noteUndelivered(sql, (await take('c'))!.id, 'it answered 404.', null);
    expect(await take('c')).toMatchObject({ kind: 'recovered' });
    const [only] = (await listAlerts(sql, true, 100)).filter(({ connection }) => connection === 'silent');
    expect(only!.deliveries[0]).toMatchObject({ state: 'given-up', attempts: 1, lastError: 'it answered 404.' });
  });
});
