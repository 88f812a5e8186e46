import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Progress } from '../receipt.ts';

/** Signals and queries that every sync workflow answers; their names are part of the product's contract. */
export const progressQuery = defineQuery<Progress>('progress');
export const resumeSignal = defineSignal('resume');
