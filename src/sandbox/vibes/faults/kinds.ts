/** Faults that Vibes' API can have. A request that was done and whose answer is lost: `drop`, with `steps: ["create"]`. */
import type { InputOf } from '../../faults/fault.ts';
import { allowList } from './allowList.ts';
import { lostRequest } from './lostRequest.ts';
import { noList } from './noList.ts';

export const vibesFaults = [allowList, lostRequest, noList] as const;

export type VibesFault = InputOf<(typeof vibesFaults)[number]>;
