import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export const repository = join(import.meta.dirname, '../..');

/** Every text file that git tracks or would track, except what it ignores. */
export function textFiles(): SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: repository,
  });
  const paths = [...new Set(listed.toString().split('\0'))].filter((path) => path !== '');
  return paths.flatMap((path) => {
    const text = read(path);
    return text === undefined || text.includes('\0') ? [] : [{ path, text }];
  });
}

/** A file deleted but not committed yet is still listed. */
function read(path: string): string | undefined {
  try {
    return readFileSync(join(repository, path), 'utf8');
  } catch {
    return undefined;
  }
}
