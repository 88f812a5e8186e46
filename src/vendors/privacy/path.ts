/** Where personal data stand in records: `created_by.email`, `custom_data_points[].value`, `projects/created_by.email`. */
export interface PrivatePath {
  /** As it stands in the configuration. */
  readonly written: string;
  /** Only in this stream's records, named as by `streamKey`; in every stream's where null. */
  readonly stream: string | null;
  /** The vendor's names, outermost first. Lists are gone through wherever they stand. */
  readonly names: readonly string[];
}

/** Names joined by dots, `[]` after the name of a list if one likes, and a stream with a slash in front. */
const grammar = /^(?:([A-Za-z0-9_-]+)\/)?([A-Za-z0-9_-]+(?:\[\])*(?:\.[A-Za-z0-9_-]+(?:\[\])*)*)$/;

/** Null where `text` is no path. */
export function parsePath(text: string): PrivatePath | null {
  const [, stream = null, path] = grammar.exec(text.trim()) ?? [];
  if (path === undefined) return null;
  const names = path.replaceAll('[]', '').split('.');
  if (names.includes('__proto__')) return null;
  return { written: text.trim(), stream: stream === null ? null : streamKey(stream), names };
}

/** NeoDay calls an export `win-info` in its lists and `win_info` in its files; either is meant by either. */
export function streamKey(stream: string): string {
  return stream.replaceAll('-', '_');
}

/** Whether the path is about a stream, however its name is written. */
export function isMeant({ stream }: PrivatePath, name: string): boolean {
  return stream === null || stream === streamKey(name);
}
