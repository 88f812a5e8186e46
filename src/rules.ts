/** How deletes and completeness are judged; from the connection's configuration. */
export interface Rules {
  /** `now`: rows missing from a pass are looked for in a second one at once. `next-run`: in the next run. `off`: never. */
  confirmDeletes: 'now' | 'next-run' | 'off';
  /** More confirmed deletes than this share of the live rows (and more than 10) wait for a person. */
  maxDeletePercent: number;
  /** More records put aside than this share (and more than 10) make the run `partial` and delete nothing. */
  maxQuarantinePercent: number;
}

/** What a pass that has read its last page came to. */
export interface PassFindings {
  /** Different ids that it showed. */
  distinct: number;
  /** Records with an id that it showed, doubles included. */
  shown: number;
  /** Records put aside that told no id. */
  anonymous: number;
  /** What the source said it has, on the last page; null where it never said. */
  total: number | null;
  /** The source said on some page that it has fewer than it had said before that page was asked for. */
  shrank: boolean;
  /** Different records of the run that are put aside. */
  putAside: number;
  /** ISO 8601: when the pass asked for its first page. */
  startedAt: string;
}

/**
 * Why a pass that has read its last page is not complete; null where it is. Counting alone does not find what a delete
 * hides: the record that vanished was seen, the one that moved up to a page already read was not, and both sums agree.
 */
export function incompleteReason({ distinct, shown, anonymous, total, shrank }: PassFindings): string | null {
  const seen = distinct + anonymous;
  if (total !== null && seen !== total) return `the source says ${total}, but ${seen} different records were seen`;
  if (shown > distinct) return `${shown - distinct} records were shown twice, so others may have been skipped`;
  return shrank ? 'records were removed from the source while it was read, so others may have been skipped' : null;
}

/** Whether a row that the pass did not show is missing: a record that told no id may be any row. */
export function tellsMissing(findings: PassFindings): boolean {
  return incompleteReason(findings) === null && findings.total !== null && findings.anonymous === 0;
}
