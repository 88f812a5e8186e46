import { isUtf8 } from 'node:buffer';
import { createHash, createHmac } from 'node:crypto';
import { isObject, numberText, parseVerbatim } from '../json/exact.ts';
import { isMeant, type PrivatePath } from './path.ts';

/** What of a connection's records must not be kept, and what only as a fingerprint. */
export interface PrivacyRules {
  readonly exclude: readonly PrivatePath[];
  readonly hash: readonly PrivatePath[];
  /** Key of the fingerprints, read when a cleaner is made. There whenever `hash` is not empty. */
  readonly hashKey?: { resolve(): string } | undefined;
}

/** Applied to a record before anything else sees it. */
export interface Cleaner {
  /** Names these rules: records stored under others are looked at once more. */
  readonly fingerprint: string;
  /** The record's JSON without what is private, every other digit in place; or why it cannot be told apart, in words. */
  clean(record: Buffer): { bytes: Buffer } | { path: string; reason: string };
  /** 64 hexadecimal digits that identify a record whose text must not be kept. */
  identify(record: Buffer): string;
}

/** Undefined where no rule is about the stream: then records pass as they are, at no cost. */
export function createCleaner({ exclude, hash, hashKey }: PrivacyRules, stream: string): Cleaner | undefined {
  const mine = (path: PrivatePath) => isMeant(path, stream);
  const rules = { exclude: exclude.filter(mine), hash: hash.filter(mine) };
  if (rules.exclude.length + rules.hash.length === 0) return undefined;
  const key = rules.hash.length === 0 ? undefined : hashKey?.resolve();
  if (rules.hash.length > 0 && key === undefined) throw new Error('`hash` needs `hashKey`');
  const root = treeOf(rules);
  const digest = (text: string | Buffer) =>
    key === undefined ? createHash('sha256').update(text) : createHmac('sha256', key).update(text);
  const masked = (text: string) => digest(text).digest('hex');
  return {
    fingerprint: createHash('sha256')
      .update(JSON.stringify([namesOf(rules.exclude), namesOf(rules.hash)]))
      .digest('hex'),
    clean: (record) => cleanRecord(record, root, masked),
    identify: (record) => digest(record).digest('hex'),
  };
}

interface Rule {
  exclude: boolean;
  hash: boolean;
  readonly inside: Map<string, Rule>;
}

const newRule = (): Rule => ({ exclude: false, hash: false, inside: new Map() });

function treeOf(rules: Pick<PrivacyRules, 'exclude' | 'hash'>): Rule {
  const root = newRule();
  for (const { names } of rules.hash) ruleAt(root, names).hash = true;
  for (const { names } of rules.exclude) ruleAt(root, names).exclude = true;
  return root;
}

function ruleAt(root: Rule, names: readonly string[]): Rule {
  let rule = root;
  for (const name of names) {
    const next = rule.inside.get(name) ?? newRule();
    rule.inside.set(name, next);
    rule = next;
  }
  return rule;
}

function namesOf(paths: readonly PrivatePath[]): string[] {
  return paths.map(({ names }) => names.join('.')).sort();
}

/** Something stands where a part of an object or list was meant: it may hold what the rules are to keep out. */
class Unexpected extends Error {
  readonly path: string;
  constructor(path: string) {
    super(path);
    this.path = path;
  }
}

function cleanRecord(record: Buffer, root: Rule, masked: (text: string) => string): ReturnType<Cleaner['clean']> {
  if (!isUtf8(record)) return { path: '', reason: 'is not valid UTF-8' };
  try {
    const value = parseVerbatim(record.toString());
    if (!isObject(value)) return { path: '', reason: 'is not an object' };
    return { bytes: Buffer.from(JSON.stringify(cleanValue(value, root, '', masked))) };
  } catch (error) {
    if (error instanceof SyntaxError) return { path: '', reason: 'is not valid JSON' };
    if (error instanceof RangeError) return { path: '', reason: 'is nested too deep' };
    if (error instanceof Unexpected) {
      return { path: error.path, reason: 'must be an object, since personal data are to be kept out of it' };
    }
    throw error;
  }
}

/** Changes the value in place and gives what is to stand in its stead. */
function cleanValue(value: unknown, rule: Rule, path: string, masked: (text: string) => string): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item) => cleanValue(item, rule, path, masked));
  if (rule.hash) return masked(typeof value === 'string' ? value : (numberText(value) ?? JSON.stringify(value)));
  if (value === '') return value;
  if (!isObject(value)) throw new Unexpected(path);
  for (const [name, inner] of rule.inside) {
    if (!Object.hasOwn(value, name)) continue;
    if (inner.exclude) delete value[name];
    else value[name] = cleanValue(value[name], inner, path === '' ? name : `${path}.${name}`, masked);
  }
  return value;
}
