import { differences, none } from '../test/support/compare.ts';
import { syncWithFailures } from '../test/support/failures.ts';
import { World } from '../test/support/world.ts';
import { withServers } from './servers.ts';

const boundSeconds = 120;

/** 200 pages while one of three answers is a 500: nearly every attempt fails, and still the run gets on. */
export function prove() {
  return withServers(async (servers) => {
    const world = await World.create({ servers });
    try {
      await world.workerProcess();
      return await measure(world);
    } finally {
      await world.close();
    }
  });
}

async function measure(world: World) {
  const { seconds, receipt } = await syncWithFailures(world);
  const complaints: string[] = [];
  if (receipt.status !== 'completed') complaints.push(`the run ended ${receipt.status}`);
  if (seconds > boundSeconds) complaints.push(`it took more than ${boundSeconds} s`);
  const found = JSON.stringify(await differences(world.sql, world.sandbox, 'utilizations'));
  if (found !== JSON.stringify(none)) complaints.push(`utilizations differ from the source: ${found}`);
  const { pages, requests, retries } = receipt.streams.utilizations ?? {};
  return { figures: { pages, requests, retries, seconds: Math.round(seconds * 10) / 10 }, complaints };
}
