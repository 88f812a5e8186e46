const aimMs = 2_000;
const mostPages = 200;

/**
 * How many pages one commit takes. A database that is slow for the moment gets smaller commits, so that each still ends
 * well within its time-outs; without that, a commit that was too large once would be tried as large again.
 */
export class CommitSize {
  pages: number;

  constructor(pages: number) {
    this.pages = pages;
  }

  took(pages: number, milliseconds: number): void {
    const fitting = Math.floor((pages * aimMs) / Math.max(milliseconds, 1));
    this.pages = Math.max(1, Math.min(mostPages, fitting, this.pages * 4));
  }
}
