import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeDataDir } from '../../src/runtime/data-dir.ts';
import { startTemporal } from '../../src/runtime/temporal.ts';
import { temporalCli } from './temporal-cli.ts';

/** A Temporal server of a test's own, which suggests to continue as new after 20 events already. */
export async function startTemporalOfShortHistories(): Promise<{ address: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'incentive-sync-as-new-'));
  const dataDir = takeDataDir(join(folder, 'data'));
  const { place, server } = await startTemporal({
    dataDir,
    cli: temporalCli(),
    env: process.env,
    ports: { temporal: 0, webUi: 0 },
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 20 },
    namespaces: [],
    onStep: () => undefined,
    signal: new AbortController().signal,
  });
  return {
    address: place.address,
    stop: async () => {
      await server.stop();
      dataDir.release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
