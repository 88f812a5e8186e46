import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Stage } from '../model/play.ts';
import { scenarios } from '../model/scenario.ts';

/** `MODEL_SEED=<number>` plays the same again. */
const seed = Number(process.env.MODEL_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe(`a source that changes and misbehaves (seed ${seed})`, () => {
  let stage: Stage;
  afterEach(() => stage.close());

  const play = async (numRuns: number, rounds: number, atMostMs: number) => {
    const ended: string[] = [];
    await fc.assert(
      fc.asyncProperty(scenarios(rounds), async (scenario) => {
        ended.push(...(await stage.play(scenario)));
      }),
      { seed, numRuns, endOnFailure: true, interruptAfterTimeLimit: atMostMs },
    );
    expect(ended.length).toBeGreaterThanOrEqual(rounds);
  };

  it('is what the tables hold whenever a receipt says completed, whatever happened', async () => {
    stage = await Stage.open('inside');
    await play(4, 2, 20_000);
  });

  it('also when the worker is killed in the middle', async () => {
    stage = await Stage.open('processes');
    const removed = (place: number) => ({ kind: 'delete', stream: 'projects', place }) as const;
    const during = [
      { kind: 'calm', answers: 2 },
      removed(0.1),
      { kind: 'worker' },
      { kind: 'update', stream: 'projects', place: 0.2, title: 'changed' },
      removed(0.9),
    ] as const;
    const sizes = { projects: 40, credits: 20 };
    expect(await stage.play({ sizes, rounds: [{ before: [], during: [...during] }] })).toEqual(['completed']);
  });
});
