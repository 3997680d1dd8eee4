import { createHash, timingSafeEqual } from 'node:crypto';
import { LineCounter, parseDocument } from 'yaml';
import { type Form, text } from '../../country/scalar.ts';
import { list, needed, note, optional, record, type Spot, type Walk, within } from '../../country/walk.ts';
import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';

/** A node that may follow. */
export type FeedNode = {
  readonly name: string;
  /** The operator whose exceptions it gets, by the country file's id. */
  readonly operator: string;
  /** SHA-256 of its token, in hex. */
  readonly token: string;
};

/** Who may ask the centre: those named here and nobody else. */
export type Nodes = {
  /** SHA-256 of the token that may look at all nodes, and do no more. */
  readonly admin?: string;
  readonly nodes: readonly FeedNode[];
};

const NAME: Form = { pattern: /^[a-z0-9][a-z0-9-]{0,62}$/, about: 'a name of small letters, digits and hyphens' };
const ID: Form = { pattern: /^[a-z0-9_]{1,16}$/, about: "an operator's id, as in the country file" };
const SHA: Form = {
  pattern: /^[0-9a-f]{64}$/,
  about: 'the SHA-256 of a token in hex, as `printf %s TOKEN | sha256sum` writes it',
};

const nodes = record<Nodes>({
  admin: optional(text(SHA)),
  nodes: needed(
    list(record<FeedNode>({ name: needed(text(NAME)), operator: needed(text(ID)), token: needed(text(SHA)) }), {
      atLeastOne: 'node',
    }),
  ),
});

/** Reads a nodes file. All faults are found at once, with their lines. */
export function parseNodes(source: string, file: string): Result<Nodes, readonly Fault[]> {
  const walk: Walk = { file, lines: new LineCounter(), faults: [], places: new Map() };
  const document = parseDocument(source, { lineCounter: walk.lines, uniqueKeys: false });
  const root: Spot = { walk, node: document.contents, offset: 0, path: '' };
  for (const { message, pos } of document.errors) {
    note({ ...root, offset: pos[0] }, { code: 'FEED_NODES', message: message.split('\n', 1)[0] ?? '', remedy: YAML });
  }
  const read = document.errors.length > 0 ? undefined : nodes(root);
  if (read !== undefined && walk.faults.length === 0) noteTwice(read, root);
  const faults = walk.faults.map((fault): Fault => {
    const message = fault.message.replace('a country file', 'a nodes file');
    return { ...fault, code: 'FEED_NODES', message };
  });
  return read === undefined || faults.length > 0 ? fail(faults) : ok(read);
}

const YAML = 'Correct the YAML here.';

function noteTwice({ admin, nodes: all }: Nodes, root: Spot): void {
  for (const [at, { name, token }] of all.entries()) {
    const before = all.slice(0, at);
    const spot = within(root, `nodes[${at}]`);
    const remedy = 'Give each node a name and a token of its own.';
    if (before.some((one) => one.name === name))
      note(within(spot, 'name'), { code: 'FEED_NODES', message: `${name} is the name of another node, too`, remedy });
    if (token === admin || before.some((one) => one.token === token))
      note(within(spot, 'token'), { code: 'FEED_NODES', message: 'the token is another one’s, too', remedy });
  }
}

/** Who asks. */
export type Caller = { readonly is: 'node'; readonly node: FeedNode } | { readonly is: 'admin' };

/** Tells who has a token: compared in the same time whatever it is, and with every one that there is. */
export function callerBy({ admin, nodes: all }: Nodes): (authorization: string | undefined) => Caller | undefined {
  const known = [
    ...(admin === undefined ? [] : [{ digest: Buffer.from(admin, 'hex'), caller: { is: 'admin' } as const }]),
    ...all.map((node) => ({ digest: Buffer.from(node.token, 'hex'), caller: { is: 'node', node } as const })),
  ];
  return (authorization) => {
    const token = /^Bearer ([!-~]{1,512})$/.exec(authorization ?? '')?.[1];
    const digest = createHash('sha256')
      .update(token ?? '')
      .digest();
    let found: Caller | undefined;
    for (const one of known) if (timingSafeEqual(one.digest, digest)) found = one.caller;
    return token === undefined ? undefined : found;
  };
}
