import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingPlatformPackages } from '../../scripts/lib/lockfile.js';

const file = resolve(import.meta.dirname, '../../package-lock.json');

describe('package-lock.json', () => {
  it('names every platform package, without which `npm ci` refuses it (run `node scripts/complete-lockfile.js`)', () => {
    expect(Object.keys(missingPlatformPackages(JSON.parse(readFileSync(file, 'utf8')).packages))).toEqual([]);
  });

  it('gets an entry for each platform package that is missing', () => {
    const parent = {
      version: '1.0.0',
      dev: true,
      optionalDependencies: { '@x/linux-arm64-musl': '1.0.0', '@x/win32-x64': '1.0.0' },
    };
    const packages = { 'node_modules/x': parent, 'node_modules/@x/win32-x64': { version: '1.0.0' } };
    expect(missingPlatformPackages(packages)).toEqual({
      'node_modules/@x/linux-arm64-musl': {
        version: '1.0.0',
        cpu: ['arm64'],
        dev: true,
        libc: ['musl'],
        optional: true,
        os: ['linux'],
      },
    });
  });
});
