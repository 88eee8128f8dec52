// An OpenID provider for tests: node tests/npm/oidc-provider.mjs REDIRECT_URI
// Prints its issuer once it listens. Whoever types a name is that person; no password is asked.

import http from 'node:http';
import { pathToFileURL } from 'node:url';

const packages = process.env.COUNTERFOIL_TEST_NPM;
const { default: Provider } = await import(pathToFileURL(`${packages}/oidc-provider/lib/index.js`));
const redirect = process.argv[2];

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
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
  console.log(issuer);
});
