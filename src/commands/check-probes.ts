import { readEnvironment } from '../config/environment.ts';
import type { Connection } from '../config/schema.ts';
import type { AtobiConnection } from '../config/systems/atobi.ts';
import type { IncentifyConnection } from '../config/systems/incentify.ts';
import type { NeodayConnection } from '../config/systems/neoday.ts';
import { type VibesConnection, vibesStreams } from '../config/systems/vibes.ts';
import { ConfigurationError } from '../errors.ts';
import type { NeodayClient } from '../vendors/neoday/client.ts';
import { openVendors } from '../vendors/open.ts';
import { type Asked, type Counted, isHopeless, type Probe } from './check-findings.ts';

/** An address that is not there should not hold a person up for as long as a sync would wait. */
const longestWaitMs = 20_000;

/** What was asked for, and the streams in the order in which they are told. */
export interface AskedAll {
  readonly streams: readonly string[];
  readonly asked: Asked[];
}

const records: Counted = ['record', 'records'];
const results: Counted = ['result', 'results'];
const pools: Counted = ['pool', 'pools'];

type Vendors = ReturnType<typeof openVendors>;

/** Tries a connection with one request a stream, fewer where the first ones say all. */
export async function askAll(connection: Connection, signal: AbortSignal): Promise<AskedAll> {
  const vendors = openVendors(readEnvironment());
  const timeout = Math.min(connection.timeout, longestWaitMs);
  try {
    if (connection.system === 'neoday') return await askNeoday({ ...connection, timeout }, vendors, signal);
    if (connection.system === 'atobi') return await askAtobi({ ...connection, timeout }, vendors, signal);
    if (connection.system === 'vibes') return await askVibes({ ...connection, timeout }, vendors, signal);
    return await askIncentify({ ...connection, timeout }, vendors, signal);
  } finally {
    await vendors.close();
  }
}

async function askIncentify(connection: IncentifyConnection, vendors: Vendors, signal: AbortSignal): Promise<AskedAll> {
  const client = vendors.incentify(connection);
  const { streams } = connection;
  return { streams, asked: await askEach(streams, records, (stream) => client.probe(stream, signal), signal) };
}

/** Sending anything would be more than a check; a token says that address, id and secret are right. */
async function askAtobi(connection: AtobiConnection, vendors: Vendors, signal: AbortSignal): Promise<AskedAll> {
  const client = vendors.atobi(connection);
  const token = async () => ({ total: null, records: 0, ...(await client.probeToken(signal)) });
  return { streams: [], asked: [await ask('token', ['token', 'tokens'], token, signal)] };
}

async function askVibes(connection: VibesConnection, vendors: Vendors, signal: AbortSignal): Promise<AskedAll> {
  const client = vendors.vibes(connection);
  return { streams: vibesStreams, asked: await askEach(vibesStreams, pools, () => client.probe(signal), signal) };
}

const exportList = 'list of exports';

/** The list tells which exports there are, unless the file does; a name that it does not have is asked for in vain. */
async function askNeoday(connection: NeodayConnection, vendors: Vendors, signal: AbortSignal): Promise<AskedAll> {
  const client = vendors.neoday(connection);
  const listed: string[] = [];
  const list = await ask(exportList, ['export', 'exports'], () => listExports(client, listed, signal), signal);
  const names = connection.exports ?? listed;
  const streams = [exportList, ...names];
  if ('error' in list.outcome) return { streams, asked: [list] };
  const probe = async (name: string) => {
    if (listed.includes(name)) return client.probe(name, signal);
    throw new ConfigurationError(
      `The vendor lists no export of that name, but ${listed.join(', ') || 'none at all'}. Correct \`exports:\`.`,
    );
  };
  return { streams, asked: [list, ...(await askEach(names, results, probe, signal))] };
}

async function listExports(client: NeodayClient, listed: string[], signal: AbortSignal): Promise<Probe> {
  listed.push(...(await client.exports(signal)).map(({ systemName }) => systemName));
  return { total: listed.length, records: listed.length, serverTime: null };
}

async function askEach(
  streams: readonly string[],
  counted: Counted,
  probe: (stream: string) => Promise<Probe>,
  signal: AbortSignal,
): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const stream of streams) {
    const one = await ask(stream, counted, () => probe(stream), signal);
    asked.push(one);
    if (isHopeless(one) && asked.every(isHopeless)) break;
  }
  return asked;
}

async function ask(
  stream: string,
  counted: Counted,
  request: () => Promise<Probe>,
  signal: AbortSignal,
): Promise<Asked> {
  const from = Date.now();
  const since = performance.now();
  const took = () => performance.now() - since;
  try {
    const probe = await request();
    const milliseconds = took();
    // The header was written somewhere between, and its fraction of a second cut off.
    const ahead = probe.serverTime === null ? null : probe.serverTime + 500 - (from + milliseconds / 2);
    return { stream, counted, milliseconds, ahead, outcome: { probe } };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error)) throw error;
    return { stream, counted, milliseconds: took(), ahead: null, outcome: { error } };
  }
}
