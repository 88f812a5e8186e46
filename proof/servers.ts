import { type Servers, startServers } from '../test/support/servers.ts';

/** Runs `work` on servers that are gone afterwards, also when a person ends the proof with Ctrl-C. */
export async function withServers<T>(work: (servers: Servers) => Promise<T>): Promise<T> {
  const servers = await startServers();
  const leave = () => void servers.stop().then(() => process.exit(130));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, leave);
  try {
    return await work(servers);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, leave);
    await servers.stop();
  }
}
