/** Faults of Atobi's KPI endpoint. */
import type { InputOf } from '../../faults/fault.ts';
import { acknowledge } from './acknowledge.ts';
import { late } from './late.ts';
import { lost } from './lost.ts';
import { refuse } from './refuse.ts';

export const atobiFaults = [refuse, acknowledge, lost, late] as const;

export type AtobiFault = InputOf<(typeof atobiFaults)[number]>;
