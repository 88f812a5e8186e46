export interface TemporalCliPlaces {
  /** Value of TEMPORAL_CLI: a path that is used, or refused in words, never passed over. */
  explicit?: string | undefined;
  /** Value of PATH. */
  path?: string | undefined;
  /** Value of XDG_CACHE_HOME. */
  cacheHome?: string | undefined;
  /** Home folder of the user. */
  home?: string | undefined;
}

export interface TemporalCli {
  path: string;
  from: 'TEMPORAL_CLI' | 'PATH' | 'cache';
  /** First line of `temporal --version`, or the pinned version for one from the cache. */
  version: string;
}

/** The Temporal CLI that is there already, or null. Throws an Error in words when `explicit` cannot be used. */
export function findTemporalCli(places: TemporalCliPlaces): TemporalCli | null;
