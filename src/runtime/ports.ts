import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isRecord, readJson, writePrivateJson } from './files.ts';
import type { PortPreferences } from './types.ts';

export type PortName = keyof PortPreferences;

const usualPorts = { postgres: 5433, temporal: 7233, webUi: 8233 } satisfies Record<PortName, number>;

/** Whether 127.0.0.1:port can be listened on now. */
export async function isFree(port: number): Promise<boolean> {
  return (await listenBriefly(port)) !== null;
}

/**
 * The port of the last start of this data folder, else the preferred one, else any; the first that is free. Remembered in
 * `ports.json`. `preferred` is what the person asked for or the usual one, so that a different answer can be told.
 */
export async function choosePort(
  dataDir: string,
  name: PortName,
  preferences: PortPreferences,
  avoid: readonly number[] = [],
): Promise<{ port: number; preferred: number }> {
  const preferred = preferences[name] ?? usualPorts[name];
  const candidates = [remembered(dataDir)[name], preferred].filter((port) => port !== undefined);
  for (const port of candidates) {
    if (port !== 0 && !avoid.includes(port) && (await isFree(port))) return { port, preferred };
  }
  return { port: await anyFree(avoid), preferred };
}

/** Notes the ports that servers really listen on, for the next start. */
export function rememberPorts(dataDir: string, ports: PortPreferences): void {
  writePrivateJson(join(dataDir, 'ports.json'), { ...remembered(dataDir), ...ports });
}

function remembered(dataDir: string): PortPreferences {
  const known = readJson(join(dataDir, 'ports.json'));
  if (!isRecord(known)) return {};
  const ports: PortPreferences = {};
  for (const name of ['postgres', 'temporal', 'webUi'] as const) {
    const port = known[name];
    if (typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536) ports[name] = port;
  }
  return ports;
}

async function anyFree(avoid: readonly number[]): Promise<number> {
  for (;;) {
    const port = await listenBriefly(0);
    if (port !== null && !avoid.includes(port)) return port;
  }
}

function listenBriefly(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null));
    });
  });
}

/** Whether this very process listens on 127.0.0.1:port; null where the system does not tell. */
export function listensOn(pid: number, port: number): boolean | null {
  try {
    const socket = listeningSocket(port);
    if (socket === null) return false;
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === `socket:[${socket}]`);
  } catch {
    return null;
  }
}

// Columns of /proc/net/tcp: 1 is the local address as hexadecimal ip:port, 3 the state (0A listens), 9 the inode.
function listeningSocket(port: number): string | null {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    const columns = line.trim().split(/\s+/);
    if (columns[1] === address && columns[3] === '0A') return columns[9] ?? null;
  }
  return null;
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
