import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, runCli, startCli } from './cli.ts';

const oneConnection = `
connections:
  mine:
    system: incentify
    baseUrl: https://incentify.example
    apiKey: \${KEY}
`;

const folderWith = (yaml: string) => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, 'incentive-sync.yaml'), yaml);
  return cwd;
};

describe('where nothing runs', () => {
  it('database-url says so and ends with 1', async () => {
    const { code, stdout, stderr } = await runCli(['database-url'], { cwd: emptyFolder() });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Nothing runs on');
  });

  it('a worker says that the demo has no connection for it', async () => {
    const { code, stderr } = await runCli(['worker'], { cwd: emptyFolder() });
    expect(code).toBe(2);
    expect(stderr).toContain('no incentive-sync.yaml');
  });

  it('a worker names the variables it needs', async () => {
    const cwd = folderWith(oneConnection);
    const { code, stderr } = await runCli(['worker'], { cwd, env: { KEY: 'secret-key' } });
    expect(code).toBe(2);
    expect(stderr).toContain('DATABASE_URL and TEMPORAL_ADDRESS');
    expect(stderr).not.toContain('secret-key');
  });

  it('a worker waits for a database that is not up yet, and goes when it is told to', async () => {
    const cwd = folderWith(oneConnection);
    const env = { KEY: 'k', DATABASE_URL: 'postgres://me:hidden-word@127.0.0.1:9/db', TEMPORAL_ADDRESS: '127.0.0.1:9' };
    const worker = startCli(['worker'], { cwd, env });
    await worker.says('Trying again');
    expect(worker.stderr()).not.toContain('hidden-word');
    const asked = performance.now();
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
    expect(performance.now() - asked).toBeLessThan(5000);
  }, 20_000);
});
