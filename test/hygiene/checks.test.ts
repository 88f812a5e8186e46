import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from './files.ts';
import { run } from './run.ts';

/** Two at a time on a small machine take this long at most. */
const timeout = 120_000;

describe.concurrent('npm run', () => {
  it.each(['check:types', 'check:style', 'check:unused'])('%s passes', { timeout }, async (script) => {
    const { code, output } = await run('npm', ['run', '--silent', script], { cwd: repository });
    expect(`exit code ${code}\n${output}`).toMatch(/^exit code 0\n/);
  });
});

describe('the checks', () => {
  const bin = (name: string) => join(repository, 'node_modules/.bin', name);
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'incentive-sync-checks-'));
    const names = ['src', 'test', 'bin', 'scripts', 'deploy', 'package.json', 'knip.json', 'tsconfig.json'];
    for (const name of names) cpSync(join(repository, name), join(copy, name), { recursive: true });
    symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
    writeFileSync(
      join(copy, 'src/forgotten.ts'),
      'export const list: string[] = [];\nexport const first: string = list[0];\n',
    );
    appendFileSync(join(copy, 'src/errors.ts'), 'export const neverUsed = 1;\n');
  });

  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it('tell a forgotten file and a forgotten export', { timeout }, async () => {
    const { code, output } = await run(bin('knip'), [], { cwd: copy });
    expect(code).not.toBe(0);
    expect(output).toContain('src/forgotten.ts');
    expect(output).toContain('neverUsed');
  });

  it('tell a type error, also one that only strict settings see', { timeout }, async () => {
    const settings = JSON.parse(readFileSync(join(repository, 'tsconfig.json'), 'utf8'));
    writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ ...settings, include: ['src/forgotten.ts'] }));
    const { code, output } = await run(bin('tsc'), ['--noEmit'], { cwd: copy });
    expect(code).not.toBe(0);
    expect(output).toContain('src/forgotten.ts(2,14)');
  });

  it('tell an `any`, a promise nobody waits for and a wrong indentation', { timeout }, async () => {
    // The copy is no git repository, which is all that the repository's own settings lack there.
    const settings = JSON.parse(readFileSync(join(repository, 'biome.json'), 'utf8'));
    writeFileSync(join(copy, 'biome.json'), JSON.stringify({ ...settings, vcs: { enabled: false } }));
    writeFileSync(join(copy, 'src/careless.ts'), 'export async function f(x: any) {\n      f(x)\n}\n');
    const { code, output } = await run(bin('biome'), ['ci', 'src/careless.ts'], { cwd: copy });
    expect(code).not.toBe(0);
    for (const complaint of ['noExplicitAny', 'noFloatingPromises', 'format']) expect(output).toContain(complaint);
  });
});
