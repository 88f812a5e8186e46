export interface LockedPackage {
  version?: string;
  optionalDependencies?: Record<string, string>;
  dev?: boolean;
}

/** Entries for the optional packages that some package names and the lockfile (its `packages`) does not have. */
export function missingPlatformPackages(
  packages: Readonly<Record<string, LockedPackage>>,
): Record<string, LockedPackage>;
