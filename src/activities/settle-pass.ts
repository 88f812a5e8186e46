import { type PassFindings, tellsMissing } from '../rules.ts';
import { countPass, noteMissing, type Pass, type PassMissing } from '../store/settle.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';
import { tableOf } from './streams.ts';

/** What a pass that has read its last page has shown, and what it has not. */
export interface SettledPass {
  findings: PassFindings;
  missing: PassMissing;
}

export const createSettlePass = ({ store, redact }: ActivityDependencies) =>
  /**
   * Counts what a pass that has read its last page has shown, and notes which rows it did not show. Only a complete pass,
   * all of whose records told their ids, can tell that a row is missing. Repeating it changes nothing.
   */
  function settlePass(pass: Pass): Promise<SettledPass> {
    return withDatabase(redact, async () => {
      const findings = await countPass(store.sql, pass);
      const missing = await noteMissing(store.sql, tableOf(pass.stream), pass, tellsMissing(findings));
      return { findings, missing };
    });
  };
