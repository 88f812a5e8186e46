// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder, runCli } from '../commands/cli.ts';
import { atobiFile, Sources } from './sources.ts';

let sources: Sources;
beforeAll(async () => {
  sources = await Sources.open();
});

const header = 'kpi,user_id,value,timestamp';

describe('incentive-sync kpi import', { timeout: 120_000 }, () => {
  it('says what is wrong with the command, and then changes nothing', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'incentive-sync.yaml'), atobiFile('one', 'two'));
    mkdirSync(join(folder, 'folder.csv'));
    writeFileSync(join(folder, 'cut.csv.gz'), gzipSync(`${header}\nsales,1,17,2026-03-01\n`).subarray(0, 30));
    const options = { cwd: folder, env: { DATABASE_URL: sources.url, SECRET: 's' } };
    const wrong: [string[], RegExp][] = [
      [['sales.csv'], /Say whose values they are: --connection one or two\./],
      [['sales.txt', '--connection', 'one'], /It is not clear what sales.txt is: add --format csv/],
      [['none.csv', '--connection', 'one'], /There is no file none.csv\. Nothing was imported/],
      [['folder.csv', '--connection', 'one'], /folder.csv is a folder/],
      [['cut.csv.gz', '--connection', 'one'], /cut.csv.gz is not gzip, or not whole/],
    ];
    const ran = await Promise.all(wrong.map(([args]) => runCli(['kpi', 'import', ...args], options)));
    for (const [index, { code, stderr }] of ran.entries()) {
      expect(stderr).toMatch(wrong[index]?.[1] ?? /never/);
      expect(code).toBe(2);
    }
  });
});
