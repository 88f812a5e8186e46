/** The zone of whoever sits at the screen, like `Europe/Amsterdam`. */
function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/**
 * A time as clocks show it here, and in another zone where it differs there: `2026-03-01 06:00 UTC` or
 * `2026-03-01 06:00 UTC (07:00 Europe/Amsterdam)`. Seconds only where there are some.
 */
export function momentHere(at: Date, zone?: string, here = localZone()): string {
  const local = clock(at, here);
  const there = zone === undefined ? local : clock(at, zone);
  const time = `${local.day} ${local.time} ${here}`;
  if (there.day === local.day && there.time === local.time) return time;
  return `${time} (${there.day === local.day ? '' : `${there.day} `}${there.time} ${zone})`;
}

function clock(at: Date, timeZone: string): { day: string; time: string } {
  // The Swedish way of writing a date is ISO's.
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at);
  const [day = '', time = ''] = text.split(' ');
  return { day, time: time.replace(/:00$/, '') };
}
