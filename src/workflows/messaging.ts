import { setHandler } from '@temporalio/workflow';
import {
  approveDeletesSignal,
  cancelledByScheduleSignal,
  forceResyncSignal,
  pauseSignal,
  progressQuery,
  readApproval,
  readForceResync,
  resumeSignal,
  tickSignal,
} from './messages.ts';
import type { RunState } from './run-state.ts';

/** The signals and the query of every sync workflow. `resync` says in words what `forceResync` does here. */
export function handleMessages(state: RunState, resync: string): void {
  setHandler(progressQuery, () => state.progress(), { description: 'How far the run is, stream by stream.' });
  setHandler(forceResyncSignal, (wanted) => state.forceResync(readForceResync(wanted)), { description: resync });
  setHandler(pauseSignal, () => state.pause(), {
    description: 'Stops after the commit under way and waits for resume.',
  });
  setHandler(resumeSignal, () => state.resume(), {
    description: 'Goes on after a pause, or lets a parked run try again now that the key or its rights were mended.',
  });
  setHandler(approveDeletesSignal, (approval) => state.approve(readApproval(approval)), {
    description: 'Lets the rows be marked as deleted that {"digest": "…"} names; `approve-deletes` shows them.',
  });
  setHandler(tickSignal, () => state.tick(), { description: 'Its schedule was due: a parked run tries again.' });
  setHandler(
    cancelledByScheduleSignal,
    (runId) => {
      if (runId === state.runId) state.noteCanceller('its schedule (overlap: cancel_other)');
    },
    { description: 'Only says who cancels the run that it names; the cancellation itself follows.' },
  );
}
