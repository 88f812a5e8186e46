import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliOf } from '../support/cli-of.ts';
import { World } from '../support/world.ts';
import { described, differences, exampleOf } from './documents.ts';
import { allCommands } from './tree.ts';

describe('docs/json.md', () => {
  it('describes the document of every command that has one', () => {
    const documented = described.flatMap(({ commands }) => commands);
    const printing = allCommands().filter(({ command }) => command.options.some(({ long }) => long === '--json'));
    expect(printing.length).toBeGreaterThan(25);
    expect(printing.map(({ path }) => path).filter((path) => !documented.includes(path))).toEqual([]);
  });
});

describe('the comparison', () => {
  it.each([
    [{ a: 1 }, { a: 1, b: 2 }, ['b is not described']],
    [{ a: 1, b: 2 }, { a: 1 }, ['b is missing']],
    [{ a: { b: [{ c: '' }] } }, { a: { b: [{ c: 1 }] } }, ['a.b[].c is a number, and a string in its example']],
    [{ streams: { x: { n: 1 } } }, { streams: { y: { n: 2 }, z: {} } }, ['streams.z.n is missing']],
    [{ list: [] }, { list: [1] }, ['list has entries, and its example shows none']],
    [{ a: null }, { a: 'anything' }, []],
  ])('of %j with %j tells %j', (example, actual, told) => {
    expect(differences(example, actual)).toEqual(told);
  });
});

describe('a document is as docs/json.md describes it', () => {
  let world: World;
  let runId: string;

  beforeAll(async () => {
    world = await World.create({
      sandbox: { sizes: { projects: 5, credits: 20, utilizations: 30 } },
      connection: { schedule: { every: '1h' } },
    });
    const [bad] = [...world.sandbox.records('incentify', 'projects')];
    world.sandbox.edit('incentify', 'projects', { op: 'update', id: bad!.id!, set: { title: 5 } });
    await world.worker();
    runId = (await world.sync()).runId;
  });
  afterAll(() => world?.close());

  const isDescribed = async (name: string, args: readonly string[]) => {
    const { stdout, stderr } = await cliOf(world, [...args, '--json', '--quiet']);
    expect(stdout.split('\n'), stderr).toHaveLength(2);
    expect(differences(exampleOf(name), JSON.parse(stdout))).toEqual([]);
  };

  it('run', () => isDescribed('run', ['run', runId]));

  it.each([
    ['sync', ['sync', 'portfolio']],
    ['status', ['status']],
    ['check', ['check', 'portfolio']],
    ['resync --dry-run', ['resync', 'portfolio', '--dry-run']],
    ['connection list', ['connection', 'list']],
    ['quarantine list', ['quarantine', 'list']],
    ['quarantine show', ['quarantine', 'show', '1']],
    ['quarantine replay', ['quarantine', 'replay', '1']],
    ['apply', ['apply']],
    ['runs', ['runs', 'portfolio']],
    ['explain', ['explain', 'portfolio']],
    ['doctor', ['doctor']],
    ['schedule list', ['schedule', 'list']],
    ['schedule pause', ['schedule', 'pause', 'portfolio', '--reason', 'tested']],
    ['schedule backfill', ['schedule', 'backfill', 'portfolio', '--from', '1m']],
    ['alerts list', ['alerts', 'list', '--all']],
    ['kpi status', ['kpi', 'status']],
    ['database-url', ['database-url']],
    ['error', ['sync', 'portfolo']],
  ])('%s', { timeout: 60_000 }, isDescribed);
});
