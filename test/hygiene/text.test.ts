import { describe, expect, it } from 'vitest';
import { type SourceFile, textFiles } from './files.ts';
import { withoutComments } from './imports.ts';

const files = textFiles();

/** Where the text of a file breaks a rule, in words; empty where it does not. */
type Rule = (file: SourceFile) => string[];

const readsEnvironment = [
  /\bprocess\s*\??\.?\s*(env\b|\[\s*['"`]env)/,
  /\benv\b[^;{}]*\}\s*(from\s*['"](node:)?process['"]|=\s*process\b)/,
];

const environmentRule: Rule = (file) => {
  if (!/^src\/(?!config\/).*\.ts$/.test(file.path)) return [];
  const code = withoutComments(file);
  return readsEnvironment.some((pattern) => pattern.test(code))
    ? [`${file.path} reads the environment: take it from src/config instead`]
    : [];
};

const longest = 400;
const lengthRule: Rule = ({ path, text }) => {
  const lines = text.split('\n').length - 1;
  const measured = /\.(ts|js)$/.test(path) && lines > longest;
  return measured ? [`${path} has ${lines} lines, more than ${longest}: part it`] : [];
};

// Written in pieces, or this file would be the first to break the rule.
const foreign = [
  ['registry', '.npm', 'js.'],
  ['npm', 'mirror.'],
  ['proxy', '.golang.'],
  ['"resol', 'ved": "http'],
  ['"', '/wo', 'rk/'],
  ['`', '/wo', 'rk/'],
  ["'", '/wo', 'rk/'],
  [' ', '/wo', 'rk/'],
  ['/root', '/'],
  ['../', 'shared'],
].map((pieces) => pieces.join(''));

const foreignRule: Rule = ({ path, text }) =>
  foreign
    .filter((word) => text.includes(word))
    .map((word) => `${path} mentions \`${word}\`, which is true on one machine only`);

describe('the text of the repository', () => {
  it('reads the environment only in src/config', () => {
    expect(files.filter(({ path }) => path.startsWith('src/')).length).toBeGreaterThan(50);
    expect(files.flatMap(environmentRule)).toEqual([]);
  });

  it.each([
    'const url = process.env.DATABASE_URL;',
    "const url = process['env']['DATABASE_URL'];",
    'const url = process?.env.DATABASE_URL;',
    "import { env } from 'node:process';",
    'const { env } = process;',
    'spawn(command, { env: { ...process.env } });',
  ])('would tell `%s`', (text) => {
    expect(environmentRule({ path: 'src/store/x.ts', text })).toHaveLength(1);
    expect(environmentRule({ path: 'src/config/x.ts', text })).toEqual([]);
  });

  it(`has no file of more than ${longest} lines`, () => {
    expect(files.flatMap(lengthRule)).toEqual([]);
    expect(lengthRule({ path: 'src/x.ts', text: 'line\n'.repeat(longest) })).toEqual([]);
    expect(lengthRule({ path: 'src/x.ts', text: 'line\n'.repeat(longest + 1) })).toHaveLength(1);
  });

  it('names no registry and no place of the machine it was written on', () => {
    expect(files.map(({ path }) => path)).toContain('package-lock.json');
    expect(files.flatMap(foreignRule)).toEqual([]);
  });

  it.each(foreign)('would tell `%s`', (word) => {
    expect(foreignRule({ path: 'docs/x.md', text: `before${word}after` }).length).toBeGreaterThan(0);
  });
});
