// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Asked } from '../../src/commands/doctor/site.ts';
import { type Examined, examine } from '../../src/commands/doctor-action.ts';
import { createSteps } from '../../src/screen/steps.ts';
import { capture } from '../screen/terminal.ts';
import type { World } from '../support/world.ts';

export interface Doctored extends Examined {
  text: string;
  /** The lines of that name, like `warning: one record is put aside`. */
  said(what: string, connection?: string): string[];
  /** What its remedies give to type. */
  typed(what: string): string[];
}

/** The doctor in this process, on the world's folder and servers. */
export async function doctorOf(world: World, changed: Partial<Asked> = {}): Promise<Doctored> {
  const { screen, text } = capture();
  const asked: Asked = {
    cwd: world.folder,
    env: environmentOf(world),
    nodeVersion: process.versions.node,
    freeBytes: () => 1e12,
    signal: new AbortController().signal,
    ...changed,
  };
  const examined = await examine(asked, createSteps(screen), screen);
  const named = (what: string) => examined.findings.filter((finding) => finding.what === what);
  return {
    ...examined,
    text: text(),
    said: (what, connection) =>
      named(what)
        .filter((finding) => connection === undefined || finding.connection === connection)
        .map(({ state, sentence }) => `${state}: ${sentence}`),
    typed: (what) =>
      named(what).flatMap(({ remedy }) => [...(remedy ?? '').matchAll(/`([^`]+)`/g)].map(([, one]) => one ?? '')),
  };
}

export function environmentOf(world: World): Record<string, string> {
  return {
    DATABASE_URL: world.databaseUrl,
    TEMPORAL_ADDRESS: world.temporal.address,
    TEMPORAL_NAMESPACE: world.temporal.namespace,
    PORTFOLIO_KEY: 'sandbox-key',
    STAFF_SECRET: 'sandbox-secret',
  };
}

/** Writes a file with a connection at Incentify and one at Atobi; `changed` are further keys of the first one. */
export async function writeBoth(world: World, changed: Record<string, unknown> = {}): Promise<void> {
  const { incentify, atobi } = world.sandbox;
  const connections = {
    portfolio: {
      system: 'incentify',
      baseUrl: incentify.baseUrl,
      apiKey: '${PORTFOLIO_KEY}',
      schedule: { every: '1h' },
      ...changed,
    },
    staff: {
      system: 'atobi',
      baseUrl: atobi.baseUrl,
      clientId: atobi.clientId,
      type: atobi.type,
      clientSecret: '${STAFF_SECRET}',
    },
  };
  await writeFile(join(world.folder, 'incentive-sync.yaml'), JSON.stringify({ connections }));
}
