// The official Algolia clients, of version 5 and of version 4, index and search against the daemon.
import assert from 'node:assert/strict';
import { algoliasearch as version5 } from 'algoliasearch';
import version4 from 'algoliasearch-v4';

const [url, key] = process.argv.slice(2);
const host = new URL(url).host;
const five = version5('APP', key, { hosts: [{ url: host, protocol: 'http', accept: 'readWrite' }] });
const four = version4('APP', key, { hosts: [{ url: host, protocol: 'http' }] });

const records = [
  { objectID: '1', name: 'Red running shoe', brand: 'Acme', price: 80, sizes: ['41', '42'],
    hierarchicalCategories: { lvl0: 'Shoes', lvl1: 'Shoes > Running' } },
  { objectID: '2', name: 'Blue running shoe', brand: 'Bolt', price: 60.5, sizes: ['42'],
    hierarchicalCategories: { lvl0: 'Shoes', lvl1: 'Shoes > Running' } },
  { objectID: '3', name: 'Red <rain> jacket', brand: 'Acme', price: 120,
    hierarchicalCategories: { lvl0: 'Jackets' } },
];
const saved = await five.batch({
  indexName: 'products',
  batchWriteParams: { requests: records.map((body) => ({ action: 'addObject', body })) },
});
assert.deepEqual(saved.objectIDs, ['1', '2', '3']);
await five.waitForTask({ indexName: 'products', taskID: saved.taskID });
await four.initIndex('products').saveObject({ objectID: '4', name: 'Green hat', brand: 'Bolt', price: 15 }).wait();

const found = await five.search({ requests: [
  { indexName: 'products', query: 'runing', facets: ['brand', 'price', 'sizes'], clickAnalytics: true },
  { indexName: 'products', query: '', facets: ['hierarchicalCategories.lvl0'], facetFilters: [['brand:Acme', 'brand:Bolt'], 'price:-80'] },
  { indexName: 'products_price_desc', query: 'red', numericFilters: ['price>=80'] },
  { indexName: 'products', type: 'facet', facet: 'brand', facetQuery: 'ac' },
] });
const [typo, filtered, sorted, facet] = found.results;
assert.equal(typo.nbHits, 2);
assert.deepEqual(typo.facets.brand, { Acme: 1, Bolt: 1 });
assert.deepEqual(typo.facets.sizes, { 42: 2, 41: 1 });
assert.equal(typo.facets_stats.price.max, 80);
assert.match(typo.queryID, /^[0-9a-f]{32}$/);
assert.match(typo.hits[0]._highlightResult.name.value, /<em>running<\/em>/);
const { _highlightResult, ...same } = typo.hits.find((hit) => hit.objectID === '1');
assert.deepEqual(same, records[0], 'the record comes back as it was sent');
assert.deepEqual(filtered.facets['hierarchicalCategories.lvl0'], { Jackets: 1, Shoes: 1 });
assert.equal(filtered.nbHits, 3);
assert.deepEqual(sorted.hits.map((hit) => hit.objectID), ['3', '1']);
assert.match(sorted.hits[0]._highlightResult.name.value, /<rain>/, 'nothing is escaped');
assert.equal(facet.facetHits[0].value, 'Acme');

const old = await four.initIndex('products').search('red', { facets: ['brand'], facetFilters: [['brand:Acme']], hitsPerPage: 1 });
assert.equal(old.nbHits, 2);
assert.equal(old.nbPages, 2);
assert.equal(old.hits.length, 1);
const values = await four.initIndex('products').searchForFacetValues('brand', 'b');
assert.equal(values.facetHits[0].value, 'Bolt');
assert.equal((await five.getObject({ indexName: 'products', objectID: '3' })).name, 'Red <rain> jacket');
await assert.rejects(five.search({ requests: [{ indexName: 'products', filters: 'price > (' }] }), /column/);
await assert.rejects(five.getObject({ indexName: 'products', objectID: 'none' }), /does not exist/);
await five.partialUpdateObject({ indexName: 'products', objectID: '4', attributesToUpdate: { price: 20 } });
const gone = await five.deleteObject({ indexName: 'products', objectID: '2' });
await five.waitForTask({ indexName: 'products', taskID: gone.taskID });
assert.equal((await five.searchSingleIndex({ indexName: 'products', searchParams: { query: '' } })).nbHits, 3);

const event = { eventType: 'click', eventName: 'Clicked', index: 'products', userToken: 'an-1', queryID: typo.queryID,
  objectIDs: ['1'], positions: [1] };
const sent = await fetch(`${url}/1/events?X-Algolia-Application-Id=APP&X-Algolia-API-Key=${key}`,
  { method: 'POST', body: JSON.stringify({ events: [event] }) });
assert.equal(sent.status, 200);
