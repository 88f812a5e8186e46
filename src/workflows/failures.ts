import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/workflow';

function applicationFailure(error: unknown): ApplicationFailure | null {
  const wrapped = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  const cause = wrapped ? error.cause : error;
  return cause instanceof ApplicationFailure ? cause : null;
}

/** The sentence about a refused credential; null for any other failure. */
export function refusedCredential(error: unknown): string | null {
  const failure = applicationFailure(error);
  return failure?.type === 'Authentication' ? failure.message : null;
}

export function failureType(error: Error): string {
  return applicationFailure(error)?.type ?? 'Unexpected';
}

/** What happened, where and what to do: the innermost message that is ours. */
export function sentence(error: Error): string {
  return applicationFailure(error)?.message ?? error.message;
}
