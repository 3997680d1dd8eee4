// A provider of identities on a port of its own, for tests: anybody signs in as whom they say.
// Arguments: the port, and the address of the page to which people are sent back.
import Provider from 'oidc-provider';

const [port, redirect] = process.argv.slice(2);
if (port === undefined || redirect === undefined) throw new Error('call it with a port and an address');

/** The groups of whoever signs in stand behind the name: `ada+ceir-analysts+others`. */
const groupsOf = (sub: string): readonly string[] => sub.split('+').slice(1);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'openceir',
      client_secret: 'a secret of this test alone',
      redirect_uris: [redirect],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  pkce: { required: () => true },
  claims: { openid: ['sub'], groups: ['groups'], email: ['email', 'email_verified'] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({
      sub,
      groups: [...groupsOf(sub)],
      email: `${sub.split('+')[0] ?? ''}@authority.example`,
      email_verified: true,
    }),
  }),
  cookies: { keys: ['a key of this test alone'] },
});

provider.listen(Number(port), '127.0.0.1');
