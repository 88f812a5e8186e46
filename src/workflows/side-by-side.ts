import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs `lane` so many times at once. The first that fails ends the others, and its failure is thrown once all have
 * ended, so that none works on behind the back of what follows.
 */
export async function sideBySide(count: number, lane: () => Promise<void>): Promise<void> {
  const scope = new CancellationScope();
  const failures: unknown[] = [];
  const guarded = async () => {
    try {
      await lane();
    } catch (error) {
      failures.push(error);
      scope.cancel();
    }
  };
  await scope.run(() => Promise.all(Array.from({ length: count }, guarded)));
  if (failures.length > 0) throw failures[0];
}
