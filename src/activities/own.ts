import { ApplicationFailure } from '@temporalio/common';

/** Which installation's run an activity belongs to; missing where a person started it by hand. */
export interface Owned {
  installation?: string | undefined;
}

/**
 * Hands an activity of another installation back, before it touches anything: in a shared namespace both installations'
 * workers take from one task queue, and rows must not land in the wrong database.
 */
export function ofInstallation(ours: string | undefined) {
  return <Input extends object, Output>(activity: (input: Input) => Promise<Output>) =>
    async (input: Input & Owned): Promise<Output> => {
      const { installation } = input;
      if (installation === undefined || ours === undefined || installation === ours) return activity(input);
      throw ApplicationFailure.create({
        type: 'OtherInstallation',
        message: `This worker belongs to another installation than the run; one of its own will take it. Give each installation a namespace of its own.`,
        nextRetryDelay: 500,
      });
    };
}
