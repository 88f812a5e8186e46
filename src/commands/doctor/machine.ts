import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { ownerOf } from '../../runtime/data-dir.ts';
import { findOrphans } from '../../runtime/orphans.ts';
import { megabytes } from '../../screen/format.ts';
import { failed, type Line, ok, skipped, warning } from './finding.ts';
import type { Site } from './site.ts';

const oldestNode = [22, 18] as const;

export async function checkNode({ asked: { nodeVersion } }: Site): Promise<Line[]> {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const enough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (enough) return [ok('Node', nodeVersion)];
  const sentence = `${nodeVersion} cannot run TypeScript: ${oldestNode.join('.')} or newer is needed`;
  return [failed('Node', sentence, 'Install Node 24, or type `npm start` once, which brings one along.')];
}

/** Who has the data folder: the instance that runs, or what one left behind that was killed. */
export async function checkDataFolder({ dataDirectory, running, command }: Site): Promise<Line[]> {
  const what = 'data folder';
  if (!existsSync(dataDirectory)) return [ok(what, `${dataDirectory} is made by the first start`)];
  const owner = running ?? ownerOf(dataDirectory);
  if (owner !== null) return [ok(what, `${dataDirectory} is in use by process ${owner.pid}`)];
  const orphans = findOrphans(dataDirectory);
  if (orphans.length === 0) return [ok(what, dataDirectory)];
  const names = orphans.map(({ name, pid }) => `${name} (process ${pid})`).join(', ');
  return [
    warning(
      what,
      `of ${dataDirectory} the owner was killed, and left behind: ${names}`,
      `The next start ends them: \`${command('start')}\`.`,
    ),
  ];
}

const scarceBytes = 2e9;
const tooFewBytes = 256e6;

export async function checkDisk({ asked, dataDirectory, own }: Site): Promise<Line[]> {
  if (own.databaseUrl !== undefined && own.temporal !== undefined) {
    return [skipped('disk', 'the data is on servers of your own: look there')];
  }
  const free = asked.freeBytes(nearestFolder(dataDirectory));
  const sentence = `${megabytes(free)} MB are free where ${dataDirectory} lies`;
  if (free >= scarceBytes) return [ok('disk', sentence)];
  const remedy = `Free some space there, or move the folder while nothing runs and name it with --data-dir.`;
  return [free < tooFewBytes ? failed('disk', sentence, remedy) : warning('disk', sentence, remedy)];
}

function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path));
}
