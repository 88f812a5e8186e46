export interface DownloadOptions {
  /** Where the binary shall be. */
  target: string;
  /** Address of the folder that holds the archives. */
  base?: string;
  /** SHA-256 of the archives by `<platform>-<arch>`. */
  checksums?: Readonly<Record<string, string>>;
  platform?: string;
  arch?: string;
  /** Milliseconds until the first byte of the answer. */
  answerWithinMs?: number;
  /** Milliseconds between two pieces of the body. */
  stallMs?: number;
  onProgress?: (words: string) => void;
}

/** Puts the Temporal CLI at `target`, or throws an Error in words and leaves nothing behind. */
export function downloadTemporal(options: DownloadOptions): Promise<void>;
