// What Apple's @apple/app-store-server-library sees, as one JSON document.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import https from 'node:https';
import tls from 'node:tls';

const given = JSON.parse(process.argv[2]);
const require = createRequire(`${process.env.COUNTERFOIL_TEST_NPM}/`);
const {
  APIException,
  AppStoreServerAPIClient,
  Environment,
  ExtendReasonCode,
  GetTransactionHistoryVersion,
  ProductType,
  SignedDataVerifier,
} = require('@apple/app-store-server-library');

const TOKEN = '7e3fb20b-4cdb-47cc-936d-99d65f608138';
const { port } = new URL(given.url);

// Node.js before 24 knows no setting for a proxy. Its global agent, by which the library asks, may be replaced: this one
// leads wherever it is asked to, under the name that it is asked for.
https.globalAgent = new (class extends https.Agent {
  createConnection(options) {
    return tls.connect({ ...options, host: '127.0.0.1', port });
  }
})();

function connect(name) {
  const { id, path } = given.keys[name];
  const half = readFileSync(path, 'utf8');
  return new AppStoreServerAPIClient(half, id, given.issuer, given.bundle, Environment.SANDBOX);
}

/** What this comes to when it is refused, sooner or later. */
async function refusal(ask) {
  for (;;) {
    try {
      await ask();
    } catch (error) {
      if (!(error instanceof APIException)) throw error;
      // Without a URL for notifications none can be tested: that is no end.
      if (error.apiError !== 4040007) return error.apiError ?? error.httpStatusCode;
    }
  }
}

/** Every page of the consumables. */
async function history() {
  const pages = [];
  let page = { revision: null };
  do {
    const wanted = { productTypes: [ProductType.CONSUMABLE] };
    page = await client.getTransactionHistory(bought, page.revision, wanted, GetTransactionHistoryVersion.V2);
    pages.push(await Promise.all(page.signedTransactions.map((it) => verifier.verifyAndDecodeTransaction(it))));
  } while (page.hasMore);
  return pages;
}

const client = connect('purchases');
const root = Buffer.from(await (await fetch(`${given.url}/sandbox/root.cer`)).arrayBuffer());
const verifier = new SignedDataVerifier([root], false, Environment.SANDBOX, given.bundle);
const bought = given.subscription;
const pages = await history();
const last = (await client.getAllSubscriptionStatuses(bought)).data[0].lastTransactions[0];
const original = (await verifier.verifyAndDecodeRenewalInfo(last.signedRenewalInfo)).originalTransactionId;
await client.setAppAccountToken(original, { appAccountToken: TOKEN });
const { signedTransactionInfo } = await client.getTransactionInfo(original);
const extended = await client.extendSubscriptionRenewalDate(original, {
  extendByDays: 3,
  extendReasonCode: ExtendReasonCode.OTHER,
  requestIdentifier: TOKEN,
});

console.log(JSON.stringify({
  list: new Set(pages.flat().map(({ transactionId }) => transactionId)).size,
  pages: pages.length,
  status: last.status,
  updated: (await verifier.verifyAndDecodeTransaction(signedTransactionInfo)).appAccountToken,
  extended: extended.success,
  unknown: await refusal(() => client.getTransactionInfo('999999999999999')),
  revoked: await refusal(() => connect('former').getTransactionInfo(bought)),
  spent: await refusal(() => client.requestTestNotification()),
}));
