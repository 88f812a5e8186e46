export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Two digits after the point. */
export const ratio = (value: number): number => Math.round(value * 100) / 100;
