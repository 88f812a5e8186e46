// What package-lock.json has to hold for `npm ci` to accept it.

const systems = /(android|darwin|freebsd|linux|openharmony|win32)-([^-]+)(?:-([a-z]+))?/;

/** Entries for the optional packages that some package names and the lockfile (its `packages`) does not have. */
export function missingPlatformPackages(packages) {
  const present = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
  const missing = {};
  for (const { optionalDependencies = {}, dev } of Object.values(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (!present.has(name)) missing[`node_modules/${name}`] = entryOf(name, version, dev);
    }
  }
  return missing;
}

function entryOf(name, version, dev) {
  const found = systems.exec(name);
  if (found === null || !/^\d+\.\d+\.\d+/.test(version)) {
    throw new Error(
      `${name}@${version} tells neither its platform nor its exact version; add it to package-lock.json by hand.`,
    );
  }
  const [, os, cpu, variant = ''] = found;
  const libc = variant.startsWith('musl') ? 'musl' : variant.startsWith('gnu') ? 'glibc' : null;
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(os === 'linux' && libc !== null ? { libc: [libc] } : {}),
    optional: true,
    os: [os],
  };
}
