import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accepted, Ledgers, refused, type Sender } from './ledgers.ts';

let ledgers: Ledgers;
beforeAll(async () => {
  ledgers = await Ledgers.open();
});
beforeEach(() => ledgers.sources.fresh({ batchElements: 4 }));

const users = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`u${String(n).padStart(3, '0')}`, String(n)]));

/** Refuses whatever is sent until nothing more is; gives back how it ended and how much was sent. */
async function refuseAll(sender: Sender, answerOf: (n: number) => string = () => 'The type field: is not known.') {
  for (let sent = 0; ; sent += 1) {
    const next = await ledgers.take(sender);
    if (next.step !== 'send') return { next, sent };
    await ledgers.answer(sender.runId, next.sending, refused(answerOf(sent)));
  }
}

const asideCount = async () => Object.values(await ledgers.states()).filter((state) => state === 'aside').length;

describe('an envelope with which nothing was ever accepted', () => {
  it('is doubted after three refusals alike, and nothing is put aside', async () => {
    await ledgers.show(users(40));
    const { next, sent } = await refuseAll(await ledgers.gather());
    expect(next).toMatchObject({ step: 'doubt', doubt: { context: 'sales', http: 422, refusals: 3 } });
    expect(sent).toBe(3);
    expect(await asideCount()).toBe(0);
  });

  it('is doubted after one refusal of one element that is all there is', async () => {
    await ledgers.show(users(1));
    const { next, sent } = await refuseAll(await ledgers.gather());
    expect([next.step, sent, await asideCount()]).toEqual(['doubt', 1, 0]);
  });

  it('is doubted too where every answer is another text, as with a number of the request in it', async () => {
    await ledgers.show(users(60));
    const { next, sent } = await refuseAll(await ledgers.gather(), (n) => `Bad request (trace ${n})`);
    expect(next).toMatchObject({ step: 'doubt' });
    expect(sent).toBeLessThanOrEqual(12);
    expect(await asideCount()).toBe(0);
  });

  it('puts nothing aside that is accepted once it was mended', async () => {
    ledgers.sources.configure({ batchElements: 1 });
    await ledgers.show(users(3));
    const { runId } = await ledgers.gather();
    expect((await refuseAll({ runId, type: 'wrong' })).next.step).toBe('doubt');
    const doubtedUpTo = (await ledgers.journal()).at(-1)!.delivery;
    await ledgers.gather({ runId });
    for (;;) {
      const next = await ledgers.take({ runId, type: 'right', doubtedUpTo });
      if (next.step !== 'send') break;
      await ledgers.answer(runId, next.sending, accepted);
    }
    expect(Object.values(await ledgers.states())).toEqual(['accepted', 'accepted', 'accepted']);
    const [row] = await ledgers.sql`SELECT count(*)::int FROM sync.quarantine WHERE connection = ${ledgers.connection}`;
    expect(row?.count).toBe(0);
  });

  it('is trusted on a person’s word, and then each element is judged alone', async () => {
    await ledgers.show(users(4));
    const { runId } = await ledgers.gather();
    const { next } = await refuseAll({ runId, trusted: true });
    expect(next).toEqual({ step: 'done' });
    expect(await asideCount()).toBe(4);
  });

  it('waits for answers that may prove it', async () => {
    await ledgers.show(users(16));
    const { runId } = await ledgers.gather();
    const lanes = [];
    for (let lease = 1; lease <= 4; lease++) lanes.push(await ledgers.send({ runId, lease }));
    for (const lane of lanes.slice(0, 3)) await ledgers.answer(runId, lane, refused());
    expect(await ledgers.take({ runId })).toMatchObject({ step: 'wait', because: 'others' });
    await ledgers.answer(runId, lanes[3]!, accepted);
    expect((await ledgers.take({ runId })).step).toBe('send');
  });
});
