import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Sources } from './sources.ts';

describe('gathering KPIs', () => {
  let sources: Sources;
  beforeAll(async () => {
    sources = await Sources.open();
  });
  beforeEach(() => sources.fresh());

  it('sends what is new, then nothing, then only what differs', async () => {
    await sources.put({ user: 'a', value: '1' }, { user: 'b', value: '100' }, { user: 'c', value: '3', units: 'Eur' });
    const first = await sources.gather();
    expect(first).toMatchObject({ toSend: 3, batches: 1, approval: null, remarks: [] });
    expect(first.streams).toMatchObject([
      { stream: 'sales', gathered: 3, unchanged: 0, toSend: 3, held: 0, aside: 0, vanished: 0, failure: null },
    ]);
    await sources.accept(first.runId);

    const before = await sources.elements();
    const second = await sources.gather();
    expect(second).toMatchObject({ toSend: 0, batches: 0, streams: [{ gathered: 3, unchanged: 3 }] });
    expect(await sources.elements()).toEqual(before);

    await sources.put({ user: 'b', value: '100.00' }, { user: 'c', value: '3', units: 'Usd' });
    await sources.put({ user: 'a', value: '1.5' });
    const third = await sources.gather();
    expect(await sources.planned(third.runId)).toMatchObject([{ users: ['a', 'c'], context: 'sales' }]);
    expect(third.streams).toMatchObject([{ gathered: 3, unchanged: 1, toSend: 2 }]);
  });
});
