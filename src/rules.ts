/** How deletes and completeness are judged; from the connection's configuration. */
export interface Rules {
  /** `now`: rows missing from a pass are looked for in a second one at once. `next-run`: in the next run. `off`: never. */
  confirmDeletes: 'now' | 'next-run' | 'off';
  /** More confirmed deletes than this share of the live rows (and more than 10) wait for a person. */
  maxDeletePercent: number;
  /** More records put aside than this share (and more than 10) make the run `partial` and delete nothing. */
  maxQuarantinePercent: number;
}
