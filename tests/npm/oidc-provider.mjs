// An OpenID provider for tests: node tests/npm/oidc-provider.mjs [REDIRECT_URI]
// Prints its issuer once it listens; without an argument, the first line that it reads is where it sends people back to.
// Whoever types a name is that person; no password is asked.

import { once } from 'node:events';
import http from 'node:http';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';

const packages = process.env.COUNTERFOIL_TEST_NPM;
const { default: Provider } = await import(pathToFileURL(`${packages}/oidc-provider/lib/index.js`));

const server = http.createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
if (process.argv[2] === undefined) console.log(issuer);
const [redirect] = process.argv[2] ? [process.argv[2]] : await once(readline.createInterface(process.stdin), 'line');
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'counterfoil',
      client_secret: 'hush hush, it is a secret',
      redirect_uris: [redirect],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  cookies: { keys: ['for tests'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true }),
  }),
});
server.on('request', provider.callback());
console.log(process.argv[2] === undefined ? 'ready' : issuer);
