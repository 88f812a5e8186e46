import { isClearText } from '../config/base-url.ts';
import { cronProblem } from '../config/cron.ts';
import { parseDuration } from '../config/duration.ts';
import { connectionName } from '../config/schema.ts';
import type { System } from '../receipt.ts';
import { systems } from './init.ts';
import { type Choice, usualChoice, type Value } from './init-file.ts';
import { type Field, templates } from './init-templates.ts';

/** Whoever is asked. An empty answer means what stands in brackets. */
export interface Person {
  /** Without blanks around it. */
  ask(question: string): Promise<string>;
  say(line: string): void;
}

/** Asks what is to be connected, or only about `wanted`. */
export async function interview(person: Person, wanted: readonly System[] | undefined): Promise<Choice[]> {
  const chosen = wanted ?? (await askSystems(person));
  person.say('Enter takes what stands in brackets. Secrets are never asked for: name the variables that hold them.');
  const choices: Choice[] = [];
  for (const system of chosen) choices.push(await askConnection(person, system, choices));
  return choices;
}

async function askSystems(person: Person): Promise<System[]> {
  for (const [index, system] of systems.entries()) person.say(`  ${index + 1}  ${templates[system].title}`);
  return asked(person, 'Which are to be connected? Numbers or names, like 1 4 [all]', (answer) => {
    const words = answer.split(/[\s,]+/).filter((word) => word !== '' && word !== 'all');
    const named = words.map((word) => systems.find((system, index) => system === word || String(index + 1) === word));
    const found = named.filter((system) => system !== undefined);
    const unknown = words.find((_, index) => named[index] === undefined);
    if (unknown !== undefined)
      return { problem: `There is no \`${unknown}\`: type 1 to ${systems.length}, or ${systems.join(', ')}.` };
    return { value: words.length === 0 ? [...systems] : [...new Set(found)] };
  });
}

async function askConnection(person: Person, system: System, others: readonly Choice[]): Promise<Choice> {
  const usual = usualChoice(system);
  const { title, fields } = templates[system];
  person.say('');
  person.say(title);
  const name = await asked(person, `A name for it [${usual.name}]`, (answer) => nameOf(answer || usual.name, others));
  const values: Record<string, Value> = {};
  for (const field of fields) values[field.key] = await askField(person, field);
  const schedule = await askSchedule(person, usual.schedule ?? '');
  return { system, name, values, schedule };
}

function nameOf(name: string, others: readonly Choice[]): Answer<string> {
  if (!connectionName.test(name)) {
    return { problem: 'Use lower-case letters, digits, - and _, beginning with a letter or digit.' };
  }
  return others.some((other) => other.name === name) ? { problem: 'That one is taken.' } : { value: name };
}

function askField(person: Person, { about, variable, secret, kind }: Field): Promise<Value> {
  if (secret) {
    return asked(person, `${about}: which variable holds it? [${variable}]`, (answer) => {
      if (/^[A-Z_][A-Z0-9_]*$/.test(answer || variable)) return { value: { variable: answer || variable } };
      return { problem: 'That is no name of a variable, like API_KEY. Never type a secret here.' };
    });
  }
  const reference = `$\{${variable}}`;
  return asked<Value>(person, `${about} [${reference}]`, (answer) => {
    const named = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(answer || reference)?.[1];
    if (named !== undefined) return { value: { variable: named } };
    const problem = kind === undefined ? undefined : addressProblem(answer, kind);
    return problem === undefined ? { value: { text: answer } } : { problem };
  });
}

function addressProblem(answer: string, kind: NonNullable<Field['kind']>): string | undefined {
  if (kind === 'region' && /^(us|eu)$/.test(answer)) return undefined;
  const url = /^https?:\/\/[^/]/i.test(answer) ? URL.parse(answer) : null;
  if (url === null || url.username + url.password + url.search + url.hash !== '' || isClearText(url.href)) {
    return `That is no address: write it like https://api.example.com/v1${kind === 'region' ? ', or us, or eu' : ''}.`;
  }
  return undefined;
}

function askSchedule(person: Person, usual: string): Promise<string | null> {
  return asked(person, `How often: 15m, 1h, a cron expression in UTC like 0 6 * * *, or never [${usual}]`, (answer) => {
    const text = answer || usual;
    if (text === 'never') return { value: null };
    const ms = parseDuration(text);
    if (ms === undefined ? cronProblem(text) === undefined : ms >= 1000) return { value: text };
    return { problem: 'Write a duration like 15m, five fields like 0 6 * * *, or never.' };
  });
}

type Answer<T> = { value: T } | { problem: string };

async function asked<T>(person: Person, question: string, read: (answer: string) => Answer<T>): Promise<T> {
  for (;;) {
    const answer = read(await person.ask(question));
    if ('value' in answer) return answer.value;
    person.say(answer.problem);
  }
}
