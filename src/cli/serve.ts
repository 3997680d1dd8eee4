import path from 'node:path';
import { isProduction, type Secret } from '../access/secrets.ts';
import type { Country } from '../country/country.ts';
import { Misused, Refused } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import { parseServe, type ServeConfig } from '../serve/config.ts';
import { readServeFiles, type ServeFiles } from '../serve/files.ts';
import type { Serving } from '../serve/serve.ts';
import { type ServedStore, serveStore } from '../stores/store.ts';
import { type Call, COUNTRY, type Command, STORE } from './command.ts';
import { countryOf, fileOf, placesOf } from './context.ts';

/** A host and a port: `127.0.0.1:8080`, `[::1]:8080`. */
function listenOf(call: Call, config: ServeConfig): { readonly host: string; readonly port: number } {
  const text = call.text('listen');
  if (text === undefined) return config.listen;
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535)
    throw new Misused('--listen is a host and a port, such as 127.0.0.1:8080');
  return { host, port: Number(port) };
}

async function configOf(call: Call): Promise<{ readonly config: ServeConfig; readonly file: string }> {
  const file = call.text('config') ?? '';
  const source = (await fileOf(call, 'config'))?.toString('utf8') ?? '';
  const parsed = parseServe(source, file);
  if (!parsed.ok) throw new Refused(parsed.fault);
  return { config: parsed.value, file };
}

/** The secrets that were configured, for the check against those that everybody knows. */
const secretsOf = (files: ServeFiles): readonly Secret[] =>
  Object.entries({
    'sms.password_file': files.smsPassword,
    'email.password_file': files.emailPassword,
    'webhook.key_file': files.webhookKey,
    oidc_secret_file: files.oidcSecret,
    CEIR_PSEUDONYM_KEY: process.env['CEIR_PSEUDONYM_KEY'],
  }).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));

function unlistened(error: unknown, address: string): unknown {
  const code = errorCode(error);
  if (!['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND', 'EAI_AGAIN'].includes(code ?? '')) return error;
  const message = `The register cannot be served at ${address} (${code}).`;
  return new Refused([{ code: 'SERVE_LISTEN', message, remedy: 'Name another address with --listen.' }]);
}

type Wanted = {
  readonly call: Call;
  readonly country: Country;
  readonly store: ServedStore;
  readonly config: ServeConfig;
  readonly file: string;
};

async function start({ call, country, store, config, file }: Wanted): Promise<Serving> {
  const files = await readServeFiles(config, file);
  const [{ startServing }, { channelsOf }, { pino, destination }] = await Promise.all([
    import('../serve/serve.ts'),
    import('../serve/channels.ts'),
    import('pino'),
  ]);
  const beside = (named: string | undefined, usual: string): string =>
    named === undefined ? path.join(store.folder, usual) : path.resolve(path.dirname(file), named);
  const { host, port } = listenOf(call, config);
  return startServing({
    store,
    country,
    listen: { host, port, tls: files.tls },
    publicUrl: config.publicUrl,
    proxies: config.proxies,
    feed: beside(config.feed.folder, 'feed'),
    centre: files.centre,
    channels: (house) => channelsOf({ config, files, operators: beside(config.operators.folder, 'notices') }, house),
    logger: pino({ level: config.logLevel, base: null }, destination(2)),
    secrets: secretsOf(files),
    oidcSecret: files.oidcSecret,
    production: isProduction(process.env),
  }).catch((error: unknown) => {
    throw unlistened(error, `${host}:${port}`);
  });
}

export const command: Command = {
  name: 'serve',
  usage: '',
  about: `Serves the register until Ctrl-C: its interface over HTTP (docs at /v1/openapi.json), the lists for live nodes, and
what it does by itself: notices, deadlines, deletions. While it runs, the other verbs on its data folder go through it. Where
both stores are servers (--registry and --analytics), several processes may serve them, each with a data folder of its own
and the same keys (CEIR_VAULT_KEYS, CEIR_PSEUDONYM_KEY). With CEIR_MODE=production no secret is accepted that everybody
knows. What is of this machine stands in a serve file (YAML); everything in it can be left out:
  public_url: https://ceir.example
  listen: { host: 0.0.0.0, port: 8443, tls: { key: key.pem, cert: cert.pem, ca: clients.pem } }
  feed: { listen: { host: 0.0.0.0, port: 7400 }, nodes: nodes.yaml }
  sms: { host: smsc.example, system_id: ceir, password_file: smsc.password }
  email: { host: mail.example, from: ceir@authority.example, user: ceir, password_file: mail.password }`,
  options: {
    config: { type: 'string', value: 'FILE', about: 'the serve file (default: this machine only, without TLS)' },
    listen: { type: 'string', value: 'HOST:PORT', about: 'where it is reached, instead of what the file says' },
    archive: { type: 'string', value: 'DIR', about: "keep the embedded registry's log here (docs/backup.md)" },
    ...COUNTRY,
    ...STORE,
  },
  examples: [
    ['ceir serve', 'on http://127.0.0.1:8080, for this machine'],
    [
      'ceir serve --config serve.yaml --archive /srv/archive',
      'for a country, with CEIR_MODE=production in the environment',
    ],
    ['ceir serve --registry postgres://ceir@db/ceir --analytics http://ch1:8123,http://ch2:8123', 'on servers'],
  ],
  run: async (call) => {
    if (call.args.length > 0) throw new Misused('ceir serve takes no words besides its options');
    const [country, { config, file }] = [await countryOf(call), await configOf(call)];
    const ended = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    const store = await serveStore({ ...placesOf(call), archive: call.text('archive') });
    try {
      const serving = await start({ call, country, store, config, file });
      const said = { url: serving.url, feed: serving.centre ?? null };
      process.stdout.write(
        call.flag('json')
          ? `${JSON.stringify(said)}\n`
          : `The register: ${said.url}${said.feed === null ? '' : `, its lists for nodes: ${said.feed}`} (Ctrl-C ends it)\n`,
      );
      await ended;
      await serving.close();
    } finally {
      await store.close();
    }
    return 0;
  },
};
