// The Temporal CLI compiled from source, for machines that reach a Go module proxy but not the release page.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runChild } from './children.js';
import { temporalVersion } from './temporal-release.js';

export function hasGo(env = process.env) {
  return spawnSync('go', ['version'], { env, stdio: 'ignore' }).status === 0;
}

/** Puts the CLI at `target`. Throws an Error that ends with what the Go tool said. Takes about two minutes. */
export async function goInstallTemporal({ target, env = process.env }) {
  const folder = dirname(target);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const bin = mkdtempSync(join(folder, 'building-'));
  try {
    // Without cgo no C compiler is needed; a user's GOFLAGS or cross-compilation must not decide what we run here.
    const clean = { ...env, GOBIN: bin, CGO_ENABLED: '0', GOFLAGS: '', GOOS: '', GOARCH: '' };
    const source = `github.com/temporalio/cli/cmd/temporal@v${temporalVersion}`;
    const { code, said } = await runChild('go', ['install', source], {
      env: clean,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (code !== 0) throw new Error(`go install failed: ${said.trim().slice(-2_000)}`);
    const name = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
    renameSync(join(bin, name), target);
  } finally {
    rmSync(bin, { recursive: true, force: true });
  }
}
