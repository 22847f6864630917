// The search-insights package with its own transport in Node, and Recommend's clients.
import assert from 'node:assert/strict';
import { algoliasearch as version5 } from 'algoliasearch';
import aa from 'search-insights';
import { recommendClient } from '@algolia/recommend';
import recommend4 from '@algolia/recommend-v4';

const [url, key] = process.argv.slice(2);
const { host, hostname } = new URL(url);
const hosts = [{ url: host, protocol: 'http', accept: 'readWrite' }];
const five = version5('APP', key, { hosts });
const indexName = 'products';
const names = ['Red trail shoe', 'Blue trail shoe', 'Trail shoe for rain', 'Green trail shoe', 'Umbrella for rain'];
const saved = await five.saveObjects({ indexName, waitForTasks: true, objects: names.map((name, i) => ({
  objectID: `i${i}`, name, brand: i % 2 ? 'Acme' : 'Bolt', price: 10 * (i + 1), categories: i === 4 ? ['Rain'] : ['Shoes'] })) });
assert.equal(saved[0].objectIDs.length, 5);

// Its build for Node leaves the port out of the address.
const { fetch } = globalThis;
globalThis.fetch = (to, options) => fetch(String(to).replace(`http://${hostname}/`, `${url}/`), options);
aa('init', { appId: 'APP', apiKey: key, host: `http://${hostname}`, useCookie: false });
const search = () => five.searchSingleIndex({ indexName, searchParams: { query: 'trail shoe', clickAnalytics: true } });
const first = await search();
const last = first.hits.at(-1).objectID;
for (let i = 0; i < 30; ++i) {
  assert.equal(await aa('clickedObjectIDsAfterSearch', { eventName: 'Hit Clicked', index: indexName, userToken: `si-${i}`,
    queryID: first.queryID, objectIDs: [last], positions: [1] }), true);
}
assert.equal(await aa('convertedObjectIDsAfterSearch', { eventName: 'Bought', index: indexName, userToken: 'si-1',
  queryID: first.queryID, objectIDs: [last] }), true);
for (const until = Date.now() + 20000; ;) {
  if ((await search()).hits[0].objectID === last) break;
  assert.ok(Date.now() < until, 'clicks did not teach the query');
}
assert.notEqual(first.hits[0].objectID, last);

const ask5 = recommendClient('APP', key, { hosts });
const ask4 = recommend4('APP', key, { hosts: [{ url: host, protocol: 'http' }] });
await assert.rejects(ask5.getRecommendations({ requests: [{ indexName, model: 'related-products', objectID: 'i0', threshold: 101 }] }),
  (error) => error.status === 400 && /threshold/.test(error.message));
const alike = (await ask5.getRecommendations({ requests: [
  { indexName, model: 'looking-similar', objectID: 'i0', threshold: 0, maxRecommendations: 2 },
  { indexName, model: 'looking-similar', objectID: 'i0', threshold: 0, queryParameters: { filters: 'brand:Acme' } }] })).results;
assert.equal(alike[0].hits.length, 2);
assert.equal(alike[0].hits[0]._score, 100);
assert.ok(alike[0].hits.every((hit) => /shoe/.test(hit.name)));
assert.ok(alike[1].hits.every((hit) => hit.brand === 'Acme'));
assert.ok(alike[0].processingTimeMS >= 1);
const fallback = { indexName, model: 'bought-together', objectID: 'i0', threshold: 0, maxRecommendations: 3, fallbackParameters: { filters: 'brand:Bolt' } };
for (const results of [(await ask5.getRecommendations({ requests: [fallback] })).results, (await ask4.getRecommendations([fallback])).results]) {
  assert.ok(results[0].hits.length > 0);
  assert.ok(results[0].hits.every((hit) => hit.objectID !== 'i0'));
}
const trends = (await ask5.getRecommendations({ requests: [
  { indexName, model: 'trending-items', threshold: 0, maxRecommendations: 2 },
  { indexName, model: 'trending-facets', facetName: 'brand', threshold: 0 }] })).results;
assert.ok(trends[0].hits.length > 0 && trends[0].hits.length <= 2);
assert.equal(trends[1].hits[0].facetName, 'brand');
assert.equal(trends[1].hits[0]._score, 100);
