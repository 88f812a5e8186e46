/** Of an even number of values, what lies between the two in the middle. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/** Two digits after the point. */
export const ratio = (value: number): number => Math.round(value * 100) / 100;
