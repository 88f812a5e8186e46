import { type Client, type ScheduleHandle, ScheduleOverlapPolicy } from '@temporalio/client';
import proto from '@temporalio/proto';

export interface TimeRange {
  readonly from: Date;
  readonly to: Date;
}

/** When a schedule was due in a range, both ends included. */
export async function dueTimes(client: Client, scheduleId: string, range: TimeRange): Promise<Date[]> {
  const { startTime } = await client.workflowService.listScheduleMatchingTimes({
    namespace: client.options.namespace,
    scheduleId,
    startTime: timestamp(startOf(range)),
    endTime: timestamp(range.to),
  });
  return startTime.map(({ seconds, nanos }) => new Date(Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6));
}

/** Has a schedule act for each time that it was due in a range; what comes of each is for the small parent to decide. */
export async function backfillSchedule(handle: ScheduleHandle, range: TimeRange): Promise<void> {
  await handle.backfill({ start: startOf(range), end: range.to, overlap: ScheduleOverlapPolicy.ALLOW_ALL });
}

/** Temporal leaves out the instant that a range begins with. */
function startOf({ from }: TimeRange): Date {
  return new Date(from.getTime() - 1);
}

function timestamp(at: Date) {
  const seconds = Math.floor(at.getTime() / 1000);
  return proto.google.protobuf.Timestamp.fromObject({
    seconds,
    nanos: (at.getTime() - seconds * 1000) * 1e6,
  });
}
