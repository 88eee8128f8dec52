// What appstore-connect-sdk sees, as one JSON document. Its setting `baseUrl` leads to the server.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';

const given = JSON.parse(process.argv[2]);
const require = createRequire(`${process.env.COUNTERFOIL_TEST_NPM}/`);
const {
  appsGetCollection,
  bundleIdsCreateInstance,
  bundleIdsDeleteInstance,
  bundleIdsUpdateInstance,
  createClient,
  salesReportsGetCollection,
} = require('appstore-connect-sdk');

const connect = (name) => createClient({
  issuerId: given.issuer,
  privateKeyId: given.keys[name].id,
  privateKey: readFileSync(given.keys[name].path, 'utf8'),
  baseUrl: given.url,
});
const ids = (apps) => apps.map(({ id }) => id);

/** The status with which this client is refused, sooner or later. */
async function refused(name) {
  const client = connect(name);
  for (;;) {
    const { error, response } = await appsGetCollection({ client });
    if (error) return response.status;
  }
}

/** Every page, by the cursor in the link to the next. */
async function pages(client) {
  const all = [];
  let query = { limit: 1 };
  while (query) {
    const { data } = await appsGetCollection({ client, query, throwOnError: true });
    all.push(...ids(data.data));
    query = data.links.next && Object.fromEntries(new URL(data.links.next).searchParams);
  }
  return all;
}

const client = connect('admin');
const throwOnError = true;
const attributes = { name: 'Made', identifier: 'com.example.made', platform: 'IOS' };
const made = await bundleIdsCreateInstance({ client, throwOnError, body: { data: { type: 'bundleIds', attributes } } });
const { id } = made.data.data;
const change = { data: { type: 'bundleIds', id, attributes: { name: 'Renamed' } } };
const updated = await bundleIdsUpdateInstance({ client, throwOnError, path: { id }, body: change });
await bundleIdsDeleteInstance({ client, throwOnError, path: { id } });
const report = await salesReportsGetCollection({
  client,
  throwOnError,
  parseAs: 'arrayBuffer',
  query: {
    'filter[reportType]': ['SALES'],
    'filter[reportSubType]': ['SUMMARY'],
    'filter[frequency]': ['DAILY'],
    'filter[vendorNumber]': ['12345678'],
  },
});

console.log(JSON.stringify({
  list: ids((await appsGetCollection({ client, throwOnError })).data.data),
  pages: await pages(client),
  created: made.data.data.attributes.name,
  updated: updated.data.data.attributes.name,
  report: gunzipSync(Buffer.from(report.data)).toString().split('\t')[0],
  revoked: await refused('revoked'),
  sales: await refused('sales'),
  spent: await refused('spent'),
}));
