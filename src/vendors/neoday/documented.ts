import type { Field } from '../fields.ts';
import type { Documented } from '../privacy/documented.ts';
import { documentedRows, neodayFields } from './fields.ts';

/** Names that one field of the rows may have, where the vendor's page gives it two. */
export const otherNames: readonly (readonly string[])[] = Object.values(neodayFields)
  .flat()
  .flatMap(({ name, otherName }) => (otherName === null ? [] : [[name, otherName]]));

/** What paths for personal data may name: rows of the ten exports, by the name that their tables and root keys have. */
export const neodayDocumented: Documented = {
  fields: mapTypes((type) => documentedRows[type].flatMap(underEachName)),
  inside: [],
  keys: mapTypes((type) => neodayFields[type].filter(({ key }) => key).flatMap(({ name }) => namesOf(name))),
  others: true,
};

function underEachName(field: Field): Field[] {
  return namesOf(field.column).map((name) => ({ ...field, path: [name] }));
}

function namesOf(name: string): readonly string[] {
  return otherNames.find((names) => names.includes(name)) ?? [name];
}

type Type = keyof typeof neodayFields;

function mapTypes<T>(of: (type: Type) => T): Record<string, T> {
  return Object.fromEntries((Object.keys(neodayFields) as Type[]).map((type) => [type, of(type)]));
}
