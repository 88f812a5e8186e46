// The Node that the npm scripts after us get: the one in node_modules/.bin, which npm puts first on the PATH, else the user's.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './say.js';

const oldest = [22, 18];

/** The path of the bundled Node, or null where there is none. */
export function bundledNode(root) {
  const file = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  return existsSync(file) ? file : null;
}

/** Throws a SetupError (exit code 2) when the scripts after us would get a Node that cannot run TypeScript. */
export function requireNode(root, version = process.versions.node) {
  if (bundledNode(root) !== null || runsTypeScript(version)) return;
  throw new SetupError(
    `This is Node ${version}, and there is no packaged Node for ${process.platform}-${process.arch}. Install Node ${oldest.join('.')} or newer (24 is best) from https://nodejs.org, then run the same command again.`,
    2,
  );
}

/**
 * After an installation: a bundled Node that does not run here (another C library) must not stand before one that does.
 */
export function checkBundledNode(root) {
  const node = bundledNode(root);
  if (node === null) return;
  if (spawnSync(node, ['--version'], { stdio: 'ignore', shell: process.platform === 'win32' }).status === 0) return;
  rmSync(node, { force: true });
}

function runsTypeScript(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
