// A mail server for tests: node tests/npm/smtp-server.mjs OPTIONS
// OPTIONS is JSON: key, cert (paths), implicit, starttls, user, password.
// Prints its port once it listens, then each mail that it takes, as lines of JSON.
// What goes to never@… is refused for good, what goes to later@… the first time.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.COUNTERFOIL_TEST_NPM}/`);
const { SMTPServer } = require('smtp-server');
const options = JSON.parse(process.argv[2]);
const seen = new Set();

function refusal(code, text) {
  const error = new Error(text);
  error.responseCode = code;
  return error;
}

const server = new SMTPServer({
  secure: options.implicit,
  key: options.key && readFileSync(options.key),
  cert: options.cert && readFileSync(options.cert),
  disabledCommands: [...(options.starttls ? [] : ['STARTTLS']), ...(options.user ? [] : ['AUTH'])],
  authOptional: !options.user,
  disableReverseLookup: true,
  onAuth({ username, password }, _, done) {
    const good = username === options.user && password === options.password;
    done(good ? null : refusal(535, 'who are you?'), { user: username });
  },
  onRcptTo({ address }, _, done) {
    if (address.startsWith('never@')) return done(refusal(550, 'nobody is called so here'));
    if (address.startsWith('later@') && !seen.has(address)) {
      seen.add(address);
      return done(refusal(451, 'come back later'));
    }
    done();
  },
  onData(stream, session, done) {
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () => {
      const { mailFrom, rcptTo } = session.envelope;
      const text = Buffer.concat(parts).toString();
      const to = rcptTo.map(({ address }) => address);
      console.log(JSON.stringify({ from: mailFrom.address, to, tls: session.secure, user: session.user, text }));
      done();
    });
  },
});
server.on('error', () => {});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.server.address().port })));
