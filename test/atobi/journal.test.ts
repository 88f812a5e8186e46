import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resolveDelivery } from '../../src/store/atobi/resolve.ts';
import { accepted, failed, Ledgers, refused, unknown } from './ledgers.ts';

let ledgers: Ledgers;
beforeAll(async () => {
  ledgers = await Ledgers.open();
});
beforeEach(() => ledgers.sources.fresh());

describe('a delivery whose worker is gone', () => {
  it('is unknown once its activity is tried again, and its elements go again with the reason', async () => {
    await ledgers.show({ a: '1', b: '2' });
    const { runId } = await ledgers.gather();
    const first = await ledgers.send({ runId });
    expect(await ledgers.states()).toEqual({ a: 'sending', b: 'sending' });
    expect(await ledgers.take({ runId, lease: 2 })).toMatchObject({ step: 'wait', because: 'others' });
    const second = await ledgers.send({ runId, attempt: 2 });
    await ledgers.answer(runId, second, accepted);
    expect(await ledgers.states()).toEqual({ a: 'accepted', b: 'accepted' });
    expect(await ledgers.journal()).toMatchObject([
      { delivery: first.delivery, state: 'unknown' },
      {
        delivery: second.delivery,
        state: 'accepted',
        repeats: first.delivery,
        why: expect.stringMatching(/is unknown/),
      },
    ]);
    expect(await ledgers.take({ runId })).toEqual({ step: 'done' });
  });

  it('counts as what its late answer says, where nothing was sent again by then', async () => {
    await ledgers.show({ a: '1' });
    const one = await ledgers.gather();
    const first = await ledgers.send(one);
    const two = await ledgers.gather();
    expect(await ledgers.states()).toEqual({ a: 'unknown' });
    await ledgers.answer(one.runId, first, accepted);
    expect(await ledgers.states()).toEqual({ a: 'accepted' });
    expect(await ledgers.take(two)).toEqual({ step: 'done' });
    expect(await ledgers.journal()).toMatchObject([
      { state: 'accepted', resolution: expect.stringMatching(/after it had been called unknown/) },
    ]);
  });

  it('leaves only what has changed to the next push when its late answer says accepted', async () => {
    await ledgers.show({ a: '1', b: '2', c: '3' });
    const one = await ledgers.gather();
    const first = await ledgers.send(one);
    await ledgers.show({ b: '20' });
    const two = await ledgers.gather();
    await ledgers.answer(one.runId, first, accepted);
    const { body } = await ledgers.send(two);
    expect(body).toContain('"20"');
    expect(body).not.toContain('"1"');
  });

  it('has its late answer told where it was sent again by then', async () => {
    await ledgers.show({ a: '1' });
    const { runId } = await ledgers.gather();
    const first = await ledgers.send({ runId });
    const second = await ledgers.send({ runId, attempt: 2 });
    await ledgers.answer(runId, first, accepted);
    expect(await ledgers.states()).toEqual({ a: 'sending' });
    await ledgers.answer(runId, second, accepted);
    expect(await ledgers.journal()).toMatchObject([
      { state: 'unknown', resolution: expect.stringMatching(/too late.*accepted, HTTP 200/) },
      { state: 'accepted', resolution: null },
    ]);
  });

  it('has its late answer told although a person has settled it by then', async () => {
    ledgers.sources.configure({ onUnknown: 'hold' });
    await ledgers.show({ a: '1' });
    const { runId } = await ledgers.gather();
    const first = await ledgers.send({ runId });
    expect(await ledgers.take({ runId, attempt: 2 })).toEqual({ step: 'done' });
    await resolveDelivery(ledgers.sql, first.delivery, 'accepted');
    await ledgers.answer(runId, first, refused());
    expect(await ledgers.journal()).toMatchObject([
      {
        state: 'accepted',
        resolution: expect.stringMatching(/A person said that it was accepted.*too late.*refused, HTTP 422/),
      },
    ]);
  });
});

describe('a worker that wakes up', () => {
  it('in a run that a newer one has followed sends nothing and calls nothing of the newer one unknown', async () => {
    await ledgers.show({ a: '1' });
    const old = await ledgers.gather();
    const now = await ledgers.gather();
    const sending = await ledgers.send(now);
    await expect(ledgers.take(old)).rejects.toThrow(/newer/);
    expect(await ledgers.journal()).toMatchObject([{ delivery: sending.delivery, state: 'sending' }]);
  });

  it('in an attempt that a newer one has followed sends nothing', async () => {
    ledgers.sources.configure({ batchElements: 1 });
    await ledgers.show({ a: '1', b: '2' });
    const { runId } = await ledgers.gather();
    await ledgers.send({ runId, attempt: 2 });
    await expect(ledgers.take({ runId, attempt: 1 })).rejects.toThrow(/newer/);
  });
});

describe('with `onUnknown: hold`', () => {
  beforeEach(() => ledgers.sources.configure({ onUnknown: 'hold' }));

  it('an unknown delivery is not sent again before a person says so, and then says what it repeats', async () => {
    await ledgers.show({ a: '1' });
    const one = await ledgers.gather();
    const first = await ledgers.send(one);
    await ledgers.answer(one.runId, first, unknown);
    expect(await ledgers.take(one)).toEqual({ step: 'done' });
    expect(await ledgers.gather()).toMatchObject({ toSend: 0 });
    await resolveDelivery(ledgers.sql, first.delivery, 'resend');
    const two = await ledgers.gather();
    const second = await ledgers.send(two);
    await ledgers.answer(two.runId, second, accepted);
    expect(await ledgers.journal()).toMatchObject([
      { state: 'unknown', resolution: 'A person had it sent again.' },
      { state: 'accepted', repeats: first.delivery },
    ]);
  });

  it('goes on within the run when a person settles it meanwhile', async () => {
    await ledgers.show({ a: '1' });
    const { runId } = await ledgers.gather();
    const first = await ledgers.send({ runId });
    await ledgers.answer(runId, first, unknown);
    await resolveDelivery(ledgers.sql, first.delivery, 'resend');
    expect(await ledgers.send({ runId })).toMatchObject({ elements: 1 });
    expect((await ledgers.journal())[1]).toMatchObject({ repeats: first.delivery });
  });
});

describe('a person who settles a delivery while its push goes on', () => {
  it('keeps it from being sent again by saying that it was accepted', async () => {
    await ledgers.show({ a: '1' });
    const { runId } = await ledgers.gather();
    const first = await ledgers.send({ runId });
    await ledgers.answer(runId, first, unknown);
    await resolveDelivery(ledgers.sql, first.delivery, 'accepted');
    expect(await ledgers.take({ runId })).toEqual({ step: 'done' });
    expect(await ledgers.states()).toEqual({ a: 'accepted' });
  });

  it('comes too late where it was sent again by then', async () => {
    await ledgers.show({ a: '1' });
    const { runId } = await ledgers.gather();
    const first = await ledgers.send({ runId });
    await ledgers.answer(runId, first, unknown);
    const { delivery } = await ledgers.send({ runId });
    await expect(resolveDelivery(ledgers.sql, first.delivery, 'resend')).rejects.toThrow(
      `it was sent again as delivery ${delivery}`,
    );
  });

  it('finds in the next push what it repeats, where the repetition failed', async () => {
    await ledgers.show({ a: '1' });
    const one = await ledgers.gather();
    const first = await ledgers.send(one);
    await ledgers.answer(one.runId, first, unknown);
    await ledgers.answer(one.runId, await ledgers.send(one), failed);
    const two = await ledgers.gather();
    const { delivery } = await ledgers.send(two);
    expect((await ledgers.journal()).at(-1)).toMatchObject({ delivery, repeats: first.delivery });
  });
});
