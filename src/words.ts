/** `10,000`: the same in every locale, because people paste it into reports. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

const day = 86_400;

/** Seconds in words, at most two units: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return twoUnits(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole >= 2 * day) return twoUnits(Math.floor(whole / day), 'd', Math.floor((whole % day) / 3600), 'h');
  return twoUnits(Math.floor(whole / 3600), 'h', Math.round((whole % 3600) / 60), 'min');
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** `once`, `twice`, `3 times`. */
export function often(times: number): string {
  if (times <= 1) return 'once';
  return times === 2 ? 'twice' : `${count(times)} times`;
}
