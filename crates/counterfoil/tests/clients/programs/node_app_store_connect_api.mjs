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

/** What becomes of a picture that is uploaded in parts. */
async function uploaded() {
  const [{ id }] = await fetchJson('apps/6448311069/appStoreVersions?filter[versionString]=1.1');
  const [words] = await fetchJson(`appStoreVersions/${id}/appStoreVersionLocalizations`);
  const set = await create({
    type: 'appScreenshotSets',
    attributes: { screenshotDisplayType: 'APP_IPHONE_67' },
    relationships: { appStoreVersionLocalization: words },
  });
  const size = Buffer.alloc(108);
  size.writeUInt32BE(1290, 0);
  size.writeUInt32BE(2796, 4);
  const picture = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), size]);
  const reserved = await create({
    type: 'appScreenshots',
    attributes: { fileName: 'picture.png', fileSize: picture.length },
    relationships: { appScreenshotSet: set },
  });
  await uploadAsset(reserved, picture);
  await pollForUploadSuccess(`appScreenshots/${reserved.id}`);
  return (await fetchJson(`appScreenshots/${reserved.id}`)).attributes.assetDeliveryState.state;
}

const admin = await client('admin');
const { fetch, fetchJson, create, update, remove, uploadAsset, pollForUploadSuccess } = admin;
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
  uploaded: await uploaded(),
  report: gunzipSync(Buffer.from(await report.arrayBuffer())).toString().split('\t')[0],
  revoked: await refused('revoked'),
  sales: await refused('sales'),
  spent: await refused('spent'),
}));
