import { readFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';

// A mail server in a process of its own: STARTTLS, then a password. What becomes of a letter follows from its recipient's
// name; letters go to standard output, a line each.

const [, , keyFile = '', certFile = ''] = process.argv;
const say = (line: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
const refusal = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code });

const server = new SMTPServer({
  key: readFileSync(keyFile),
  cert: readFileSync(certFile),
  authMethods: ['PLAIN', 'LOGIN'],
  onAuth: ({ username, password }, session, done) => {
    say({ is: 'auth', username, secure: session.secure });
    if (username === 'ceir' && password === 'secret') done(null, { user: username });
    else done(refusal(535, '5.7.8 Error: authentication failed'));
  },
  onRcptTo: ({ address }, _, done) => {
    if (address.startsWith('unknown')) done(refusal(550, `5.1.1 <${address}>: no such user here`));
    else if (address.startsWith('full')) done(refusal(452, `4.2.2 <${address}> is over quota`));
    else if (address.startsWith('closing')) done(refusal(421, '4.3.2 closing'));
    else done();
  },
  onData: (stream, session, done) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const { mailFrom, rcptTo } = session.envelope;
      say({
        is: 'letter',
        secure: session.secure,
        from: mailFrom === false ? '' : mailFrom.address,
        to: rcptTo.map(({ address }) => address),
        source: Buffer.concat(chunks).toString('utf8'),
      });
      done();
    });
  },
});
server.on('error', () => undefined);
server.listen(0, '127.0.0.1', () => {
  const address = server.server.address();
  say({ is: 'ready', port: typeof address === 'object' ? address?.port : undefined });
});
process.stdin.resume().on('end', () => process.exit());
