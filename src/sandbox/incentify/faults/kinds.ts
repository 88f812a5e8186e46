/** Faults written in Incentify's envelope. */
import type { InputOf } from '../../faults/fault.ts';
import { falseTotals } from './falseTotals.ts';
import { next } from './next.ts';
import { unsuccessful } from './unsuccessful.ts';

export const incentifyFaults = [unsuccessful, next, falseTotals] as const;

export type IncentifyFault = InputOf<(typeof incentifyFaults)[number]>;
