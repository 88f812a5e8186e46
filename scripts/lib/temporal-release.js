// The one release of the Temporal CLI that is fetched when the machine has none.

export const temporalVersion = '1.5.1';

export const releaseBase = `https://github.com/temporalio/cli/releases/download/v${temporalVersion}`;

/**
 * SHA-256 of the release archives, by `<platform>-<arch>` as Node names them. Each value is the same in at least two
 * public tables kept independently of each other (the Hermit package sets of cashapp and zph, and a project's CI script).
 * None was found for Windows, so nothing is downloaded there.
 */
export const releaseChecksums = {
  'linux-x64': 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
  'linux-arm64': 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
  'darwin-x64': 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
  'darwin-arm64': 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
};

export function archiveName(platform, arch) {
  return `temporal_cli_${temporalVersion}_${platform}_${arch === 'x64' ? 'amd64' : arch}.tar.gz`;
}
