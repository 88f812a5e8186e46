import { describe, expect, it } from 'vitest';
import { childEnvironment, readEnvironment } from '../../src/config/environment.ts';
import { failureOf } from './write.ts';

describe('the environment', () => {
  it('counts an empty variable as absent', () => {
    const environment = readEnvironment({ DATABASE_URL: '', TEMPORAL_ADDRESS: '  ', NO_COLOR: '', CI: '' });
    expect(environment).toMatchObject({
      databaseUrl: undefined,
      temporalAddress: undefined,
      noColor: false,
      ci: false,
    });
  });

  it('takes proxies in lower and upper case, lower case first', () => {
    expect(readEnvironment({ HTTPS_PROXY: 'http://upper:1', NO_PROXY: 'a,b' })).toMatchObject({
      httpsProxy: 'http://upper:1',
      noProxy: 'a,b',
    });
    const both = { HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:1' };
    expect(readEnvironment(both).httpsProxy).toBe('http://lower:1');
  });

  it('names every wrong variable at once and shows none of their values', () => {
    const wrong = {
      DATABASE_URL: 'mysql://me:hunter2hunter2@db/x',
      HTTPS_PROXY: 'proxy:3128',
      TEMPORAL_ADDRESS: 'http://temporal:7233',
    };
    const error = failureOf(() => readEnvironment(wrong));
    expect(error.mistakes).toHaveLength(3);
    expect(error.message).toMatch(/DATABASE_URL[\s\S]*HTTPS_PROXY[\s\S]*TEMPORAL_ADDRESS/);
    expect(error.message).not.toContain('hunter2');
    expect(error.message).not.toContain('proxy:3128');
  });

  it('hands a child this process’s variables, with additions, and without those that are taken away', () => {
    const child = childEnvironment({ SANDBOX_API_KEY: 'k', HOME: undefined });
    expect(child).toMatchObject({ PATH: process.env.PATH, SANDBOX_API_KEY: 'k' });
    expect(Object.keys(child)).not.toContain('HOME');
  });
});
