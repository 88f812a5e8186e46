import { type SpawnOptions, spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote to either stream, without colours. */
  readonly output: string;
}

/** Runs a command to its end. `onOutput` is called with everything written so far, whenever there is more. */
export function run(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { onOutput?: (output: string, end: (signal: NodeJS.Signals) => void) => void },
): Promise<Outcome> {
  const { onOutput, ...others } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...others, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk: Buffer) => {
      output += stripVTControlCharacters(chunk.toString());
      onOutput?.(output, (signal) => child.kill(signal));
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, output }));
  });
}
