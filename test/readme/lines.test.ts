import { describe, expect, it } from 'vitest';
import { stubbedProgram, wordsOf } from '../commands/tree.ts';
import { documents, linesToType, ownLines } from './lines.ts';

/** What our command is given in a line, wherever in it our command stands; without redirections and pipes. */
function argumentsIn(line: string): string[][] {
  const started = /^npm start(?: --)?(?<rest> .*)?$/.exec(line)?.groups;
  if (started !== undefined) return [['start', ...wordsOf(started.rest ?? '')]];
  return [...line.matchAll(/incentive-sync ((?:"[^"]*"|'[^']*'|[^|<>()"'])*)/g)].map(([, rest = '']) => wordsOf(rest));
}

const ours = documents.flatMap((document) =>
  ownLines(document)
    .filter((line) => argumentsIn(line).length > 0)
    .filter((line) => !line.startsWith('temporal '))
    .map((line) => ({ document, line })),
);

describe('a line of README.md or docs with our command', () => {
  it('is found in blocks, tables, sentences and sessions', () => {
    expect(linesToType()).toEqual(
      expect.arrayContaining(['npm start -- --once', 'npx incentive-sync status', 'npx incentive-sync alerts test']),
    );
    expect(linesToType('docs/operating.md')).toContain('npx incentive-sync init --system incentify --yes');
    expect(ours.length).toBeGreaterThan(70);
  });

  it.each(ours)('$document: $line', async ({ line }) => {
    for (const args of argumentsIn(line)) {
      const { program, ran } = stubbedProgram();
      // Where a document has ID, a number is to be typed.
      const typed = args.map((word) => (word === 'ID' ? '1' : word));
      await program.parseAsync(typed, { from: 'user' });
      expect(ran).toHaveLength(1);
    }
  });

  it.each(['npx incentive-sync statsu', 'npx incentive-sync runs', 'npx incentive-sync doctor --onlin'])(
    'would be told where it is wrong: %s',
    async (line) => {
      const { program } = stubbedProgram();
      const [args = []] = argumentsIn(line);
      await expect(program.parseAsync(args, { from: 'user' })).rejects.toThrow();
    },
  );
});
