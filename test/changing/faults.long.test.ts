import { expect, it } from 'vitest';
import { runMix } from '../support/mix.ts';

it('a source that fails and changes by chance is told of truthfully, and equals once it is quiet', async () => {
  const seed = Number(process.env.MIX_SEED ?? Date.now() % 1_000_000);
  console.info(`The mix of faults and edits has the seed ${seed}; MIX_SEED=${seed} repeats it.`);
  const figures = await runMix(seed, 6);
  console.info(JSON.stringify(figures));
  expect(figures).toMatchObject({ seed, wrong: [] });
  expect(figures.edits).toBeGreaterThan(10);
});
