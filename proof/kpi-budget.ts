import { type Used, useBudget, worldOfTwoWorkers } from '../test/support/push-budget.ts';
import type { Servers } from '../test/support/servers.ts';
import { withServers } from './servers.ts';

const plan = { seconds: 360, requestsPerMinute: 180 };
const runs = 3;

/** Six minutes at full budget with two workers, three times. `words`: other seconds, other runs. */
export async function prove([seconds, times]: string[]) {
  const wanted = { ...plan, seconds: Number(seconds ?? plan.seconds) };
  const done: Used[] = [];
  await withServers(async (servers) => {
    for (let run = 1; run <= Number(times ?? runs); run++) {
      process.stderr.write(`Run ${run}: ${wanted.seconds} s of pushing with two workers …\n`);
      done.push(await inWorld(servers, wanted));
    }
  });
  const complaints = done.flatMap((used, index) => used.complaints.map((one) => `run ${index + 1}: ${one}`));
  const figures = {
    ...wanted,
    requests: done.map(({ arrived }) => arrived),
    mostInAny60Seconds: done.map(({ busiest }) => busiest),
    answers429: done.map(({ tooMany }) => tooMany),
    percentOfBudget: done.map(({ percent }) => percent),
    percentByMinute: done.map(({ percentByWindow }) => percentByWindow.join('/')),
  };
  return { figures, complaints };
}

async function inWorld(servers: Servers, wanted: typeof plan): Promise<Used> {
  const world = await worldOfTwoWorkers(wanted, servers);
  try {
    const used = await useBudget(world, wanted, (arrived) => process.stderr.write(`  ${arrived} requests so far\n`));
    const { arrived, busiest, percentByWindow } = used;
    process.stderr.write(
      `  ${arrived} requests, at most ${busiest} in 60 s, ${percentByWindow.join(' ')} % by minute\n`,
    );
    return used;
  } finally {
    await world.close();
  }
}
