import { differences, none } from '../test/support/compare.ts';
import { syncWithFailures } from '../test/support/failures.ts';
import { startServers } from '../test/support/servers.ts';
import { World } from '../test/support/world.ts';

const boundSeconds = 120;

/** 200 pages while one of three answers is a 500: nearly every attempt fails, and still the run gets on. */
export async function prove() {
  const servers = await startServers();
  const world = await World.create({ servers });
  try {
    const worker = await world.workerProcess();
    const { seconds, receipt } = await syncWithFailures(world);
    await worker.kill();
    const complaints: string[] = [];
    if (receipt.status !== 'completed') complaints.push(`the run ended ${receipt.status}`);
    if (seconds > boundSeconds) complaints.push(`it took more than ${boundSeconds} s`);
    const found = JSON.stringify(await differences(world.sql, world.sandbox, 'utilizations'));
    if (found !== JSON.stringify(none)) complaints.push(`utilizations differ from the source: ${found}`);
    const { pages, requests, retries } = receipt.streams.utilizations ?? {};
    return { figures: { pages, requests, retries, seconds: Math.round(seconds * 10) / 10 }, complaints };
  } finally {
    await world.close();
    await servers.stop();
  }
}
