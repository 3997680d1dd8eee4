// Completes package-lock.json: `npm ci` refuses a lock file that lacks an optional package of another platform,
// and npm leaves such a package out when the registry in use does not serve it. The entry added here carries what
// npm needs to skip the package on this platform and to fetch it on its own (version, os, cpu).
// It also takes out the addresses of the registry in use, so that the lock file works with any.
// Run after every `npm install`: node scripts/lock.js
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const platform = /-(?<os>darwin|linux|win32|windows)-(?<cpu>arm64|x64|arm|ia32|ppc64)(?<libc>-gnu|-musl)?$/;
let added = 0;
for (const [parent, entry] of Object.entries(lock.packages)) {
  delete entry.resolved;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] !== undefined) continue;
    const match = platform.exec(name);
    if (match === null)
      throw new Error(`${parent} wants ${name}, whose platform its name does not tell: add it by hand`);
    const { os, cpu, libc } = match.groups;
    lock.packages[key] = {
      version: version.replace(/^[\^~]/, ''),
      cpu: [cpu],
      ...(libc === '-gnu' ? { libc: ['glibc'] } : libc === '-musl' ? { libc: ['musl'] } : {}),
      optional: true,
      os: [os === 'windows' ? 'win32' : os],
    };
    added += 1;
  }
}
const sorted = Object.keys(lock.packages).sort((a, b) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted.map((key) => [key, lock.packages[key]]));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added} optional platform packages added`);
