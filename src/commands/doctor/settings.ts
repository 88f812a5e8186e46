import { showPath } from '../../config/mistakes.ts';
import type { Reference } from '../../config/references.ts';
import { failed, type Line, ok, skipped, warning } from './finding.ts';
import type { Site } from './site.ts';

/** The variables that incentive-sync itself reads. */
export async function checkEnvironment({ environment }: Site): Promise<Line[]> {
  if (environment.length === 0) return [ok('environment', 'its variables can be used')];
  return environment.map((mistake) => failed('environment', mistake, 'Correct the variable, and type this again.'));
}

export async function checkFile({ inspected, unread, connections }: Site): Promise<Line[]> {
  if (inspected === null) return unread.map((mistake) => failed('file', mistake, null));
  const { config, mistakes, references, names } = inspected;
  const absent = new Set(unusable(references).map(({ path }) => showPath(path)));
  const told = mistakes.filter(({ path }) => !absent.has(showPath(path)));
  const warnings = config.warnings.filter((sentence) => concerns(sentence, connections));
  return [
    ...(told.length === 0 ? [ok('file', described(config.file, config.demo, names))] : []),
    ...told.map((mistake) => failed('file', mistake.told, 'Correct this line: docs/configuration.md has every key.')),
    ...warnings.map((sentence) => warning('file', sentence, null)),
  ];
}

function concerns(sentence: string, connections: Site['connections']): boolean {
  return connections.some(({ name }) => sentence.includes(name));
}

function described(file: string, demo: boolean, names: readonly string[]): string {
  return demo ? 'there is none here: this is the demo' : `${file} has ${names.join(', ')}`;
}

const unusable = (references: readonly Reference[]) => references.filter(({ problem }) => problem !== null);

/** Each by its name, once however often it is referred to. */
export async function checkSecrets({ inspected, connections, asked }: Site): Promise<Line[]> {
  if (inspected === null) return [skipped('secrets', 'needs the file, which cannot be read')];
  if (inspected.config.demo) return [ok('secrets', 'the demo has its own')];
  const wanted = inspected.references.filter(
    ({ path }) => asked.connection === undefined || path[1] === asked.connection,
  );
  const distinct = wanted.filter(
    (one, index) => wanted.findIndex(({ reference }) => reference === one.reference) === index,
  );
  const absent = unusable(distinct).map((one) => secretLine(one, wanted));
  const there = distinct.length - absent.length;
  if (distinct.length === 0) return [ok('secrets', 'the file refers to none')];
  const rest = there === 0 ? [] : [ok('secrets', `${there} of ${distinct.length} can be read`)];
  return [...rest, ...absent].map((line) => ({
    ...line,
    connection: connections.length === 1 ? (asked.connection ?? null) : line.connection,
  }));
}

function secretLine({ reference, problem }: Reference, all: readonly Reference[]): Line {
  const places = all.filter((one) => one.reference === reference).map(({ path }) => showPath(path));
  const name = /^\$\{([A-Za-z_]\w*)\}$/.exec(reference)?.[1];
  const remedy =
    name === undefined
      ? 'Put the file there, as the user that runs this can read it.'
      : `Type \`export ${name}=…\` with its value in this shell, and where incentive-sync runs.`;
  return failed(
    `secret ${reference}`,
    `${(problem ?? '').split(': ')[0]}; ${places.join(', ')} ${places.length === 1 ? 'needs' : 'need'} it`,
    remedy,
  );
}
