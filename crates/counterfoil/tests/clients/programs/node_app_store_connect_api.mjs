// What node-app-store-connect-api sees, as one JSON document. Its setting `urlBase` leads to the server.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';

const given = JSON.parse(process.argv[2]);
const require = createRequire(`${process.env.COUNTERFOIL_TEST_NPM}/`);
const { api } = await import(pathToFileURL(require.resolve('node-app-store-connect-api')));

const client = (name) => api({
  issuerId: given.issuer,
  apiKey: given.keys[name].id,
  privateKey: readFileSync(given.keys[name].path, 'utf8'),
  urlBase: given.url,
});
const ids = (apps) => apps.map(({ id }) => id);

/** The status with which this client is refused, sooner or later. */
async function refused(name) {
  const { fetchJson } = await client(name);
  for (;;) {
    try {
      await fetchJson('apps');
    } catch (error) {
      return Number(error.data.errors[0].status);
    }
  }
}

const { fetch, fetchJson, create, update, remove } = await client('admin');
const made = await create({
  type: 'bundleIds',
  attributes: { name: 'Made', identifier: 'com.example.made', platform: 'IOS' },
});
await update(made, { attributes: { name: 'Renamed' } });
const updated = await fetchJson(`bundleIds/${made.id}`);
await remove(made, {});
const sales = new URLSearchParams({
  'filter[reportType]': 'SALES',
  'filter[reportSubType]': 'SUMMARY',
  'filter[frequency]': 'DAILY',
  'filter[vendorNumber]': '12345678',
});
const report = await fetch(`salesReports?${sales}`);

console.log(JSON.stringify({
  list: ids(await fetchJson('apps')),
  pages: ids(await fetchJson('apps?limit=1')),
  created: made.attributes.name,
  updated: updated.attributes.name,
  report: gunzipSync(Buffer.from(await report.arrayBuffer())).toString().split('\t')[0],
  revoked: await refused('revoked'),
  sales: await refused('sales'),
  spent: await refused('spent'),
}));
