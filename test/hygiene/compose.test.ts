import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { composeProblems } from './compose.ts';
import { repository } from './files.ts';

const text = readFileSync(join(repository, 'docker-compose.yml'), 'utf8');

describe('docker-compose.yml', () => {
  // The npm package's copy of the schema is of 2021: newer keys of the specification are refused, none are missed.
  it('fits the Compose specification and the rules for our deployment', () => {
    expect(composeProblems(text)).toEqual([]);
  });

  it.each([
    ['restart: unless-stopped', 'restarts: unless-stopped', 'schema: '],
    ['interval: 5s', 'interval: soon', 'schema: '],
    ['condition: service_healthy', 'condition: service_fine', 'schema: '],
    ['postgres:18.4', 'postgres:latest', 'postgres: does not pin'],
    ['postgres:18.4', 'postgres', 'postgres: does not pin'],
    ['temporalio/server:1.29.1', 'temporalio/auto-setup:1.29.1', 'temporal: uses the deprecated image'],
    ['127.0.0.1:5432:5432', '5432:5432', 'postgres: opens 5432:5432'],
    ['127.0.0.1:7233:7233', '0.0.0.0:7233:7233', 'temporal: opens 0.0.0.0'],
    [/SQL_PASSWORD: .*/, 'SQL_PASSWORD: hunter2', 'temporal-schema: holds SQL_PASSWORD'],
    [/SQL_PASSWORD: .*/, `SQL_PASSWORD: \${POSTGRES_PASSWORD:-temporal}`, 'temporal-schema: holds SQL_PASSWORD'],
    [/DATABASE_URL: .*/, 'DATABASE_URL: postgres://me:hunter2@db/x', 'worker: holds a password'],
    [
      'temporal-schema:\n        condition',
      'temporal-schemata:\n        condition',
      'temporal: depends on temporal-schemata',
    ],
    ['condition: service_completed_successfully', 'condition: service_started', 'temporal: does not wait for the end'],
    ['restart: on-failure:5', 'restart: always', 'temporal: waits for the end of temporal-schema'],
    ['- source: incentive-sync', '- source: incentive', 'worker: uses config incentive,'],
    ['- incentify_api_key', '- incentify_key', 'worker: uses secret incentify_key,'],
    ['- postgres-data:', '- data:', 'postgres: uses volume data,'],
  ])('with %s as %s would be told', (was, would, problem) => {
    const broken = text.replace(was, would);
    expect(broken).not.toBe(text);
    expect(composeProblems(broken)).toContainEqual(expect.stringContaining(problem));
  });

  it('copies files into the image that are there', () => {
    const copied = readFileSync(join(repository, 'Dockerfile'), 'utf8').matchAll(/^COPY (.+) \S+$/gm);
    const sources = [...copied].flatMap(([, names = '']) => names.split(' '));
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((name) => !existsSync(join(repository, name)))).toEqual([]);
    const admitted = readFileSync(join(repository, '.dockerignore'), 'utf8');
    expect(sources.filter((name) => !admitted.split('\n').includes(`!${name}`))).toEqual([]);
  });

  it('runs shell that a shell can read', () => {
    const { services } = parse(text) as { services: Record<string, { command?: string[] }> };
    const scripts = Object.values(services).flatMap(({ command }) => command ?? []);
    expect(scripts).toHaveLength(2);
    for (const script of scripts) execFileSync('sh', ['-n', '-c', script.replaceAll('$$', '$')]);
  });
});
