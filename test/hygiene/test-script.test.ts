import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from './files.ts';
import { type Outcome, run } from './run.ts';

const passing = "import { it } from 'vitest';\nit('passes', () => {});\n";
const failing = "import { it } from 'vitest';\nit('fails', () => { throw new Error('on purpose'); });\n";
const unloadable = "throw new Error('on purpose');\n";
const careless = `${passing}it('leaves an error behind', () => { setTimeout(() => { throw new Error('late'); }); });\n`;
const endless =
  "import { it } from 'vitest';\nit('waits', () => { console.log('waiting'); return new Promise(() => {}); }, 60_000);\n";

/** What scripts/test.js says of a folder with these test files, and what it leaves in its temporary folder. */
async function testing(files: Record<string, string>, onOutput: Parameters<typeof run>[2]['onOutput'] = () => {}) {
  const folder = mkdtempSync(join(tmpdir(), 'incentive-sync-script-'));
  const temporary = mkdtempSync(join(tmpdir(), 'incentive-sync-script-tmp-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.test.js`), text);
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  const args = [join(repository, 'scripts/test.js'), '--root', folder];
  const outcome = await run(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, TMPDIR: temporary },
    onOutput,
  });
  const left = readdirSync(temporary).filter((name) => name.startsWith('incentive-sync-test-'));
  for (const path of [folder, temporary]) rmSync(path, { recursive: true, force: true });
  return { ...outcome, lastLine: lastLine(outcome), left };
}

const lastLine = ({ output }: Outcome) => output.trimEnd().split('\n').at(-1);

describe.concurrent('npm test ends with', () => {
  it.each([
    ['the number of passed tests', { a: passing, b: passing }, '2 passed, 0 failed', 0],
    ['the number of failed tests', { a: passing, b: failing }, '1 passed, 1 failed', 1],
    ['a failure for a file that cannot be loaded', { a: unloadable }, '0 passed, 1 failed', 1],
    ['a failure for an error outside of every test', { a: careless }, '2 passed, 1 failed', 1],
    ['failure where there is no test at all', {}, '0 passed, 0 failed', 1],
  ])('%s', { timeout: 60_000 }, async (_, files, line, code) => {
    expect(await testing(files)).toMatchObject({ lastLine: line, code, left: [] });
  });

  it('the signal that ended it', { timeout: 60_000 }, async () => {
    let asked = false;
    const outcome = await testing({ a: endless }, (output, end) => {
      if (!asked && output.includes('waiting')) {
        asked = true;
        end('SIGTERM');
      }
    });
    expect(asked).toBe(true);
    expect(outcome.code).not.toBe(0);
    expect(outcome.left).toEqual([]);
  });
});
