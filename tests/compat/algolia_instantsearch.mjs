// InstantSearch in Node, as a server that renders pages runs it: connectors without a document, the
// client of version 5 and that of version 4.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { liteClient as lite5 } from 'algoliasearch/lite';

const require = createRequire(import.meta.url);
const lite4 = require('algoliasearch-v4/lite');
const instantsearch = require('instantsearch.js').default;
const { connectHits, connectPagination, connectRange, connectRefinementList, connectSearchBox, connectStats } =
  require('instantsearch.js/cjs/connectors');
const { getInitialResults, waitForResults } = require('instantsearch.js/cjs/lib/server');

const [url, key] = process.argv.slice(2);
const host = new URL(url).host;
const headers = { 'X-Algolia-API-Key': key, 'X-Algolia-Application-Id': 'APP' };
const objects = Array.from({ length: 60 }, (_, i) => ({ objectID: `s${i}`, name: `${i % 3 ? 'Trail' : 'Office'} shoe ${i}`,
  brand: ['Acme', 'Bolt', 'Corvo'][i % 3], price: 10 + i }));
const post = async (path, body) => {
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
};
await post('/1/indexes/products/clear', {});
const { taskID } = await post('/1/indexes/products/batch', { requests: objects.map((body) => ({ action: 'addObject', body })) });
while ((await (await fetch(`${url}/1/indexes/products/task/${taskID}`, { headers })).json()).status !== 'published');

const clients = {
  5: lite5('APP', key, { hosts: [{ url: host, protocol: 'http', accept: 'readWrite' }] }),
  4: lite4('APP', key, { hosts: [{ url: host, protocol: 'http' }] }),
};
for (const [version, searchClient] of Object.entries(clients)) {
  const seen = {};
  const keep = (name) => (options) => { seen[name] = options; };
  const search = instantsearch({ indexName: 'products', searchClient,
    initialUiState: { products: { query: 'shoe', refinementList: { brand: ['Acme', 'Bolt'] }, range: { price: '20:' }, page: 2 } } });
  search.addWidgets([
    connectSearchBox(keep('box'))({}), connectHits(keep('hits'))({}), connectStats(keep('stats'))({}),
    connectPagination(keep('pages'))({}), connectRange(keep('range'))({ attribute: 'price' }),
    connectRefinementList(keep('brands'))({ attribute: 'brand' }),
  ]);
  search.start();
  await waitForResults(search);
  const state = getInitialResults(search.mainIndex);
  assert.ok(state.products.results.length >= 2, `${version}: one answer more for each facet that is chosen`);
  const results = search.mainIndex.getResults();
  assert.equal(results.nbHits, 33, version);
  assert.equal(results.page, 1);
  assert.equal(results.hits.length, 13);
  assert.ok(results.hits.every((hit) => hit.brand !== 'Corvo' && hit.price >= 20));
  const brands = Object.fromEntries(results.getFacetValues('brand').map((value) => [value.name, value.count]));
  assert.deepEqual(brands, { Acme: 16, Bolt: 17, Corvo: 17 }, `${version}: others can still be chosen`);
  assert.equal(results.getFacetStats('price').max, 68);
  search.dispose();
}
