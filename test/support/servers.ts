import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { startStack } from '../../src/runtime/stack.ts';
import { clientOptions } from '../../src/store/connect.ts';
import { migrate } from '../../src/store/migrate.ts';
import { temporalCli } from './temporal-cli.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
    temporalAddress: string;
    temporalCli: string;
  }
}

/** Namespaces are made before the server starts: one made later takes seconds until every part of it knows. */
export const namespaces = Array.from({ length: 90 }, (_, index) => `world-${index}`);

/** What a world is made on. */
export interface Servers {
  databaseUrl: string;
  temporalAddress: string;
}

/** One real PostgreSQL and one real Temporal server for the whole suite; each world has its own database and namespace. */
export default async function setup(project: TestProject) {
  const { databaseUrl, temporalAddress, temporalCli, stop } = await startServers();
  project.provide('databaseUrl', databaseUrl);
  project.provide('temporalAddress', temporalAddress);
  project.provide('temporalCli', temporalCli);
  return stop;
}

/** The same for who is no test: servers in a folder of their own, which is gone after `stop`. */
export async function startServers(): Promise<Servers & { temporalCli: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'incentive-sync-suite-'));
  const cli = temporalCli();
  const stack = await startStack({
    dataDir: join(folder, 'data'),
    temporalCli: cli,
    env: process.env,
    onStep: () => undefined,
    ports: { postgres: 0, temporal: 0, webUi: 0 },
    namespaces,
    synchronous: 'off',
  });
  const databaseUrl = await prepareTemplate(stack.databaseUrl);
  return {
    databaseUrl,
    temporalAddress: stack.temporal.address,
    temporalCli: cli,
    stop: async () => {
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A migrated database that each world copies, and a counter that hands out namespaces. */
async function prepareTemplate(url: string): Promise<string> {
  const admin = postgres(url, { ...clientOptions(url, 'suite'), max: 1 });
  // Tests kill processes, not the machine's power.
  await admin.unsafe('ALTER SYSTEM SET fsync = off');
  await admin.unsafe('SELECT pg_reload_conf()');
  await admin.unsafe('CREATE DATABASE template_world');
  await admin.unsafe('CREATE SEQUENCE world_number MINVALUE 0');
  await admin.end();
  await migrate({ url: withDatabase(url, 'template_world') });
  return url;
}

export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
