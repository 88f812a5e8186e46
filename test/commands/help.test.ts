import { describe, expect, it } from 'vitest';
import { foldedHelp } from '../../src/screen/format.ts';
import { cells } from '../../src/screen/width.ts';
import { runCli } from './cli.ts';
import { allCommands, examplesIn, helpOf, stubbedProgram, wordsOf } from './tree.ts';

const all = allCommands();
const paths = all.map(({ path }) => path);

describe('every command', () => {
  it('is looked at, subcommands too', () => {
    expect(paths.length).toBeGreaterThan(40);
    expect(paths).toEqual(expect.arrayContaining(['status', 'kpi quarantine drop', 'completion']));
  });

  it.each(all)('$path says what it does, in one sentence without an end', ({ command }) => {
    expect(command.description()).toMatch(/^\S.{8,}[^.]$/);
    for (const option of command.createHelp().visibleOptions(command))
      expect(`${option.flags}: ${option.description}`).toMatch(/: \S/);
    for (const argument of command.registeredArguments) expect(argument.description).not.toBe('');
  });

  it.each(all)('$path has examples of itself that are understood as they stand', async ({ command, path }) => {
    const examples = examplesIn(helpOf(command));
    expect(examples.filter((line) => line.startsWith(`incentive-sync ${path}`)).length).toBeGreaterThan(0);
    for (const line of examples) {
      const { program, ran } = stubbedProgram();
      await program.parseAsync(wordsOf(line).slice(1), { from: 'user' });
      expect(`${line}: ${ran.length} ran`).toBe(`${line}: 1 ran`);
    }
  });

  it.each(all.filter(({ command }) => command.commands.length === 0))(
    '$path takes --quiet and --verbose',
    ({ command }) => {
      expect(command.options.map(({ long }) => long)).toEqual(expect.arrayContaining(['--quiet', '--verbose']));
    },
  );

  it('that no example could be of is told: a word too many is no example', async () => {
    const { program } = stubbedProgram();
    await expect(program.parseAsync(['status', 'a', 'b'], { from: 'user' })).rejects.toThrow(/too many/);
  });
});

describe('the main help', () => {
  it('has each command in a group of its kind', async () => {
    const { stdout } = await runCli(['--help']);
    expect(stdout).not.toMatch(/\nCommands:/);
    expect(stdout.indexOf('\nRun:')).toBeLessThan(stdout.indexOf('  sync <connection>'));
    expect(stdout).not.toContain('__complete');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('a line of help that does not fit', () => {
  it('is folded between words, and an example keeps its command whole', () => {
    const text = `${'word '.repeat(30)}\n  incentive-sync sync portfolio --stream projects   only these streams, and no others at all`;
    const lines = foldedHelp(text, 60).split('\n');
    expect(Math.max(...lines.map(cells))).toBeLessThanOrEqual(60);
    expect(lines).toContain('  incentive-sync sync portfolio --stream projects');
    expect(lines.join(' ')).toContain('# only these streams');
  });
});

describe('what was meant', () => {
  it.each([
    ['a command', ['staus'], 'Did you mean status?'],
    ['a subcommand', ['quarantine', 'lsit'], 'Did you mean list?'],
    ['an option', ['sync', 'portfolio', '--strem', 'x'], 'Did you mean --stream?'],
    ['a value of an option', ['kpi', 'import', 'x', '--format', 'ndjsn'], 'Did you mean ndjson?'],
    ['a value of an argument', ['completion', 'zhs'], 'Did you mean zsh?'],
  ])('is told of %s', async (_, args, hint) => {
    const { code, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stderr).toContain(hint);
  });
});
