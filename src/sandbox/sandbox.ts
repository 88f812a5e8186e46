/**
 * The vendors' APIs, emulated on loopback by one HTTP server: real requests, generated data, faults on demand and a
 * journal of what was asked. Each vendor lives in its own folder; journal, faults and the admin API (`admin.ts`) are
 * shared by all. Guide: docs/sandbox.md.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { ConfigurationError } from '../errors.ts';
import { registerAdmin } from './admin.ts';
import { jsonAnswer } from './answer.ts';
import type { AtobiFault } from './atobi/faults/kinds.ts';
import { type AtobiControls, createAtobi } from './atobi/server.ts';
import type { AtobiOptions } from './atobi/settings.ts';
import { Catcher, type Caught } from './catcher.ts';
import { answer, Exchange } from './exchange.ts';
import { FaultBoard, type FaultStatus } from './faults/board.ts';
import { type SharedFault, sharedFaults } from './faults/kinds.ts';
import { Gate, type HeldRequest, type Release } from './gate.ts';
import type { IncentifyFault } from './incentify/faults/kinds.ts';
import { createIncentify, type IncentifyOptions } from './incentify/server.ts';
import { Journal, type JournalEntry, type JournalFilter, type NewEntry } from './journal.ts';
import type { NeodayFault } from './neoday/faults/kinds.ts';
import { createNeoday, type NeodayControls, type NeodayOptions } from './neoday/server.ts';
import { type Edit, NoSuchRecord, type RawRecord } from './records.ts';
import type { Call, EditableStream, Vendor } from './vendor.ts';
import type { VibesFault } from './vibes/faults/kinds.ts';
import { createVibes, type VibesControls, type VibesOptions } from './vibes/server.ts';

export type Fault = SharedFault | IncentifyFault | NeodayFault | AtobiFault | VibesFault;

export interface SandboxOptions {
  /** Default 4100; 0 takes any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  incentify?: IncentifyOptions;
  neoday?: NeodayOptions;
  atobi?: AtobiOptions;
  vibes?: VibesOptions;
  /** Builds every page before the promise resolves, so that a measurement has none of it. Default false. */
  precompute?: boolean;
  /** Journal entries kept, at least. Default 100,000. */
  journalLimit?: number;
}

interface SandboxState {
  url: string;
  systems: Record<string, { baseUrl: string; streams: Record<string, number> }>;
  faults: FaultStatus[];
  held: HeldRequest[];
  journal: { entries: number; dropped: number };
}

/** A running sandbox; every method has an admin request that does the same. */
export interface Sandbox {
  /** Without a slash at the end. */
  readonly url: string;
  readonly incentify: { readonly baseUrl: string };
  readonly neoday: NeodayControls & { readonly baseUrl: string };
  readonly atobi: AtobiControls & { readonly baseUrl: string };
  readonly vibes: VibesControls & { readonly baseUrl: string };
  state(): SandboxState;
  /** Copies, in order of arrival. */
  journal(filter?: JournalFilter): JournalEntry[];
  resetJournal(): void;
  /** Replaces all faults. Held requests go on waiting. @throws {ConfigurationError} */
  setFaults(faults: readonly Fault[]): FaultStatus[];
  /** @throws {ConfigurationError} */
  addFaults(...faults: readonly Fault[]): FaultStatus[];
  /** Also lets every held request go. */
  clearFaults(): void;
  /** Alerts that were taken as webhooks at `/_sandbox/webhook`, in order of arrival. */
  caught(): Caught[];
  held(): HeldRequest[];
  /** @returns how many requests were let go */
  release(which?: Release): number;
  /** Every record of a stream in the API's order. @throws {NoSuchRecord} for an unknown stream */
  records(system: string, stream: string): Iterable<RawRecord>;
  /** Edits one after another. @throws {NoSuchRecord} */
  edit(system: string, stream: string, ...edits: readonly Edit[]): void;
  /** Generated records again, nothing taken, no faults, nothing held, an empty journal. */
  reset(): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

type NotControls = 'url' | 'incentify' | 'neoday' | 'atobi' | 'vibes' | 'close' | 'setFaults' | 'addFaults';

/** What the admin API works on: the sandbox's methods, with faults that are not checked yet. */
export type Controls = Omit<Sandbox, NotControls> & {
  setFaults(faults: readonly unknown[]): FaultStatus[];
  addFaults(...faults: readonly unknown[]): FaultStatus[];
  removeFault(id: number): boolean;
};

/** @throws {ConfigurationError} when the port or host cannot be used, or the sizes make no portfolio */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 4100, host = '127.0.0.1', precompute = false, journalLimit = 100_000 } = options;
  const incentify = createIncentify(options.incentify);
  const neoday = createNeoday(options.neoday);
  const atobi = createAtobi(options.atobi);
  const vibes = createVibes(options.vibes);
  const vendors = [incentify, neoday, atobi, vibes];
  const board = new FaultBoard([...sharedFaults, ...vendors.flatMap((vendor) => vendor.faults)]);
  const journal = new Journal(journalLimit);
  const gate = new Gate();
  const catcher = new Catcher();
  const app = createApp();

  const serve = (vendor: Vendor | null, call: Call, request: FastifyRequest, reply: FastifyReply): void => {
    reply.hijack();
    const exchange = new Exchange({
      entry: journal.open(asked(vendor, call, request)),
      request: request.raw,
      response: reply.raw,
      gate,
      failure: call.failure ?? vendor?.failure ?? plainFailure,
    });
    answer(exchange, board, call.latencyMs, call.make).catch((error: unknown) => {
      process.emitWarning(`The sandbox could not answer ${request.url}: ${String(error)}`);
      exchange.disconnect('close');
    });
  };

  let url = '';
  const controls = createControls({ vendors, board, journal, gate, catcher, url: () => url });
  registerAdmin(app, controls, vendors, catcher);
  for (const vendor of vendors) vendor.register(app, serve);
  app.setNotFoundHandler((request, reply) => {
    const vendor = vendors.find(({ basePath }) => request.url.startsWith(`${basePath}/`)) ?? null;
    const make = () => (vendor?.failure ?? plainFailure)(404, 'There is no such path.');
    serve(vendor, { stream: null, page: null, key: null, latencyMs: 0, make }, request, reply);
  });

  url = await listen(app, host, port);
  if (precompute) for (const stream of allStreams(vendors)) stream.precompute(url);
  return {
    ...controls,
    url,
    incentify: { baseUrl: `${url}${incentify.basePath}` },
    neoday: { ...neoday.controls, baseUrl: `${url}${neoday.basePath}` },
    atobi: { ...atobi.controls, baseUrl: `${url}${atobi.basePath}` },
    vibes: { ...vibes.controls, baseUrl: `${url}${vibes.basePath}` },
    close: () => app.close(),
  };
}

function createApp(): FastifyInstance {
  // Raw records of many megabytes come in as admin requests.
  return Fastify({ forceCloseConnections: true, exposeHeadRoutes: false, bodyLimit: 256 * 1024 * 1024 });
}

interface Parts {
  vendors: readonly Vendor[];
  board: FaultBoard;
  journal: Journal;
  gate: Gate;
  catcher: Catcher;
  url: () => string;
}

function createControls({ vendors, board, journal, gate, catcher, url }: Parts): Controls {
  const clearFaults = () => {
    board.clear();
    gate.release();
  };
  return {
    state: () => ({
      url: url(),
      systems: Object.fromEntries(vendors.map((vendor) => [vendor.system, vendorState(vendor, url())])),
      faults: board.list(),
      held: gate.held(),
      journal: { entries: journal.size, dropped: journal.dropped },
    }),
    journal: (filter) => journal.list(filter).map((entry) => ({ ...entry })),
    resetJournal: () => journal.reset(),
    setFaults: (faults) => board.replace(faults),
    addFaults: (...faults) => board.add(faults),
    removeFault: (id) => board.remove(id),
    clearFaults,
    caught: () => catcher.list(),
    held: () => gate.held(),
    release: (which) => gate.release(which),
    records: (system, stream) => find(vendors, system, stream).records(),
    edit: (system, stream, ...edits) => {
      const target = find(vendors, system, stream);
      for (const edit of edits) target.edit(edit);
    },
    reset: () => {
      clearFaults();
      journal.reset();
      catcher.reset();
      for (const stream of allStreams(vendors)) stream.reset();
      for (const vendor of vendors) vendor.reset?.();
    },
  };
}

function vendorState({ basePath, streams }: Vendor, url: string): SandboxState['systems'][string] {
  const sizes = [...streams].map(([name, stream]) => [name, stream.size] as const);
  return { baseUrl: `${url}${basePath}`, streams: Object.fromEntries(sizes) };
}

function allStreams(vendors: readonly Vendor[]): EditableStream[] {
  return vendors.flatMap((vendor) => [...vendor.streams.values()]);
}

function find(vendors: readonly Vendor[], system: string, stream: string): EditableStream {
  const found = vendors.find((vendor) => vendor.system === system)?.streams.get(stream);
  if (found !== undefined) return found;
  const known = vendors.flatMap((vendor) => [...vendor.streams.keys()].map((name) => `${vendor.system}/${name}`));
  throw new NoSuchRecord(`There is no stream ${system}/${stream}. Known: ${known.join(', ')}.`);
}

function asked(vendor: Vendor | null, call: Call, request: FastifyRequest): NewEntry {
  const { stream, page, key, step = null, result = null, rangeStart = null } = call;
  const { method = 'GET', headers } = request.raw;
  const url = withoutSecrets(request.raw.url ?? '', vendor?.secrets ?? []);
  const mark = url.indexOf('?');
  return {
    system: vendor?.system ?? null,
    stream,
    method,
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    page,
    step,
    result,
    rangeStart,
    key,
    authorization: headers.authorization !== undefined,
    userAgent: headers['user-agent'],
  };
}

function withoutSecrets(url: string, secrets: Vendor['secrets']): string {
  return secrets.reduce<string>((text, secret) => text.replaceAll(secret, '***'), url);
}

function plainFailure(status: number, message: string) {
  return jsonAnswer(status, JSON.stringify({ message }));
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw unusable(error, host, port);
  }
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('The sandbox listens on no port.');
  return `http://${reachable(host)}:${address.port}`;
}

/** How a client on this machine writes the host. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function unusable(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const where = `port ${port} on ${host}`;
  switch (code) {
    case 'EADDRINUSE':
      return new ConfigurationError(
        `The sandbox cannot listen: ${where} is taken by another program. Stop that one, or choose another port (0 takes any free one).`,
      );
    case 'EACCES':
      return new ConfigurationError(`The sandbox may not listen on ${where}. Choose a port from 1024 up.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigurationError(`The sandbox cannot listen on ${host}: it is no address of this machine.`);
    case 'ERR_SOCKET_BAD_PORT':
      return new ConfigurationError(`${port} is no port: give a whole number from 0 to 65535.`);
    default:
      return error;
  }
}
