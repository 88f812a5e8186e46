import { countPass, noteMissing, type Pass, type PassFindings, type PassMissing } from '../store/settle.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';
import { tableOf } from './streams.ts';

export const createCountPass = ({ store, redact }: ActivityDependencies) =>
  /** What a pass that has read its last page has shown. */
  function countSeen(pass: Pass): Promise<PassFindings> {
    return withDatabase(redact, () => countPass(store.sql, pass));
  };

export interface NoteMissingInput extends Pass {
  /** Only a complete pass, all of whose records told their ids, can tell that a row is missing. */
  tells: boolean;
}

export const createFindMissing = ({ store, redact }: ActivityDependencies) =>
  /** Which rows the pass did not show, and which of them an earlier complete pass did not show either. */
  function findMissing({ tells, ...pass }: NoteMissingInput): Promise<PassMissing> {
    return withDatabase(redact, () => noteMissing(store.sql, tableOf(pass.stream), pass, tells));
  };
