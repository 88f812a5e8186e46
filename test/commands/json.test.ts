import { describe, expect, it } from 'vitest';
import { compareWithDocs } from './document-cases.ts';
import { described, differences } from './documents.ts';
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
  compareWithDocs([
    ['sync', ['sync', 'portfolio']],
    ['status', ['status']],
    ['apply', ['apply', '--dry-run']],
    ['run', ['run', 'RUN']],
    ['error', ['sync', 'portfolo']],
  ]);
});
