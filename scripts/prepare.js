// Runs before the tests: sees that the servers which come from Debian rather than from npm are there.
// As root it installs what is missing; otherwise it prints the line to run, and the tests that need it are skipped.
// On a continuous integration machine (CI is set) a server that is still missing is a failure.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A file that the tests need, and the Debian package that holds it. */
const WANTED = {
  '/usr/lib/postgresql/15/bin/postgres': 'postgresql-15',
  // peers of the live register: mobile cores, transfer points, HTTP/2 clients, a dissector
  '/usr/bin/freeDiameterd': 'freediameter',
  '/usr/include/freeDiameter/extension.h': 'libfreediameter-dev',
  '/usr/bin/erl': 'erlang-base',
  '/usr/share/doc/erlang-dev': 'erlang-dev',
  '/usr/share/doc/erlang-diameter': 'erlang-diameter',
  '/usr/bin/osmo-stp': 'osmo-stp',
  '/usr/bin/osmo-msc': 'osmo-msc',
  '/usr/bin/osmo-hlr': 'osmo-hlr',
  '/usr/include/osmocom/gsupclient/gsup_client.h': 'libosmo-gsup-client-dev',
  '/usr/bin/nghttp': 'nghttp2-client',
  '/usr/bin/curl': 'curl',
  '/usr/bin/tshark': 'tshark',
  '/usr/bin/openssl': 'openssl',
  '/usr/bin/gcc': 'gcc',
  '/usr/bin/pkg-config': 'pkg-config',
};
// Debian's package makes and starts a database cluster of its own unless this file says no.
const NO_CLUSTER = '/etc/postgresql-common/createcluster.d/openceir-tests.conf';

const missing = () =>
  Object.entries(WANTED)
    .filter(([file]) => !existsSync(file))
    .map(([, name]) => name);

function install(names) {
  const apt = (...args) =>
    execFileSync('apt-get', ['-qq', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  mkdirSync(path.dirname(NO_CLUSTER), { recursive: true });
  writeFileSync(NO_CLUSTER, 'create_main_cluster = false\n');
  try {
    apt('update');
    apt('install', '-y', '--no-install-recommends', ...names);
  } finally {
    rmSync(NO_CLUSTER, { force: true });
  }
}

const wanted = missing();
if (wanted.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
  console.log(`installing for the tests: ${wanted.join(' ')}`);
  try {
    install(wanted);
  } catch (error) {
    console.error(`apt-get failed: ${error.message}`);
  }
}
const absent = missing();
if (absent.length > 0) {
  console.error(`tests that need it are skipped until you run: apt-get install ${absent.join(' ')}`);
  if (process.env.CI) process.exitCode = 1;
}
