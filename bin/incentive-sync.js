#!/usr/bin/env node
// The `incentive-sync` command. It must also run under an older Node, so it is plain JavaScript:
// where this Node cannot run TypeScript, the Node that the dependencies brought takes over.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const runsTypeScript = major > 22 || (major === 22 && minor >= 18);

if (runsTypeScript) {
  await import('../src/cli.ts');
} else {
  const node = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  if (!existsSync(node)) {
    process.stderr.write(
      `incentive-sync needs Node 22.18 or newer (this is ${process.versions.node}). Run \`npm start\` once in its folder, which installs one, or install Node 24.\n`,
    );
    process.exit(2);
  }
  const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
  process.exit(spawnSync(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1);
}
