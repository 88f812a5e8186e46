import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documentedRows } from '../vendors/neoday/fields.ts';
import { readDocument } from './document.ts';
import { incentifyStreams } from './systems/streams.ts';

/** A connection as it is named in a file, right or wrong. */
export interface NamedConnection {
  readonly name: string;
  readonly system: string;
  /** Streams, exports or KPIs that a person may type. */
  readonly streams: readonly string[];
  /** Pools that the file declares. */
  readonly pools: readonly string[];
}

export interface Names {
  readonly connections: readonly NamedConnection[];
  /** Channels of alerts. */
  readonly channels: readonly string[];
}

const none: Names = { connections: [], channels: [] };
const demoFile = fileURLToPath(new URL('demo.yaml', import.meta.url));

/**
 * The names in a configuration file, for whoever is typing one. Checks nothing and resolves no secret: half a file has
 * names too. Nothing where it cannot be read.
 */
export function readNames({ file, cwd }: { file?: string | undefined; cwd: string }): Names {
  const usual = join(cwd, 'incentive-sync.yaml');
  const path = file === undefined ? (existsSync(usual) ? usual : demoFile) : resolve(cwd, file);
  try {
    const document = readDocument(readFileSync(path, 'utf8'));
    return Array.isArray(document) ? none : namesIn(document.data);
  } catch {
    return none;
  }
}

function namesIn(data: unknown): Names {
  const { connections, alerts } = mapping(data);
  return {
    connections: Object.entries(mapping(connections)).map(([name, settings]) => named(name, mapping(settings))),
    channels: Object.keys(mapping(mapping(alerts).channels)),
  };
}

function named(name: string, settings: Record<string, unknown>): NamedConnection {
  const system = String(settings.system);
  return { name, system, streams: streamsOf(system, settings), pools: namesAt(settings.pools, 'name') };
}

function streamsOf(system: string, { streams, exports, kpis }: Record<string, unknown>): readonly string[] {
  if (system === 'incentify') return texts(streams) ?? incentifyStreams;
  if (system === 'neoday')
    return texts(exports) ?? Object.keys(documentedRows).map((type) => type.replaceAll('_', '-'));
  return system === 'atobi' ? namesAt(kpis, 'kpi') : [];
}

function namesAt(list: unknown, key: string): string[] {
  return Array.isArray(list) ? (texts(list.map((one) => mapping(one)[key])) ?? []) : [];
}

function texts(list: unknown): string[] | undefined {
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : undefined;
}

function mapping(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
