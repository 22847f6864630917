// Settings, replicas, several indexes and what is done with whole ones, by the official clients of
// version 5 and of version 4.
import assert from 'node:assert/strict';
import { algoliasearch as version5 } from 'algoliasearch';
import version4 from 'algoliasearch-v4';

const [url, key] = process.argv.slice(2);
const host = new URL(url).host;
const five = version5('APP', key, { hosts: [{ url: host, protocol: 'http', accept: 'readWrite' }] });
const four = version4('APP', key, { hosts: [{ url: host, protocol: 'http' }] });
const indexName = 'products';
const done = async (task, index = indexName) => { await five.waitForTask({ indexName: index, taskID: (await task).taskID }); };
const ids = (answer) => answer.hits.map((hit) => hit.objectID);
const search = (searchParams, index = indexName) => five.searchSingleIndex({ indexName: index, searchParams });

// Wrong input, in the shape that the clients read.
await assert.rejects(five.setSettings({ indexName, indexSettings: { hitsPerPage: 'many' } }),
  (error) => error.name === 'ApiError' && error.status === 400 && /hitsPerPage/.test(error.message));
await assert.rejects(five.operationIndex({ indexName, operationIndexParams: { operation: 'swap', destination: 'q' } }),
  (error) => error.status === 400 && /copy or move/.test(error.message));
await assert.rejects(five.deleteBy({ indexName, deleteByParams: {} }), (error) => error.status === 400);
await assert.rejects(five.getApiKey({ key: 'another' }), (error) => error.status === 403 && /souk key new/.test(error.message));
await assert.rejects(five.addApiKey({ acl: ['search'] }), (error) => error.status === 403);
assert.deepEqual((await five.getApiKey({ key })).acl[0], 'search');

// The catalog is written anew and shows all at once, with the settings it had.
const shoes = (from, to, name) => Array.from({ length: to - from }, (_, i) => ({
  objectID: `r${from + i}`, name: `${name} ${from + i}`, brand: i % 2 ? 'Acme' : 'Bolt', colour: ['red', 'blue', 'green'][i % 3],
  price: 10 + from + i, model: `m${Math.floor(i / 4)}`, views: 1 }));
await five.replaceAllObjects({ indexName, objects: shoes(0, 30, 'Old shoe'), batchSize: 10 });
await done(five.setSettings({ indexName, indexSettings: {
  attributesForFaceting: ['searchable(brand)', 'filterOnly(colour)'], customRanking: ['desc(price)'],
  replicas: ['products_cheap', 'virtual(products_dear)'], unretrievableAttributes: ['views'], camelCaseAttributes: ['name'] } }));
await done(five.setSettings({ indexName: 'products_cheap', indexSettings: { ranking: ['asc(price)'] } }));
await done(five.setSettings({ indexName: 'products_dear', indexSettings: { customRanking: ['desc(price)'] } }));
const settings = await five.getSettings({ indexName });
assert.deepEqual(settings.customRanking, ['desc(price)']);
assert.deepEqual(settings.camelCaseAttributes, ['name'], 'what is not known is kept');
assert.equal(settings.hitsPerPage, 20);
assert.equal((await four.initIndex('products_dear').getSettings()).primary, 'products');
assert.deepEqual(ids(await search({ query: '', hitsPerPage: 2 })), ['r29', 'r28']);
assert.deepEqual(ids(await search({ query: '', hitsPerPage: 2 }, 'products_cheap')), ['r0', 'r1']);
assert.deepEqual(ids(await four.initIndex('products_dear').search('', { hitsPerPage: 1 })), ['r29']);
const faceted = await search({ query: 'shoe', facets: ['*'], facetFilters: ['colour:red'] });
assert.equal(faceted.nbHits, 10);
assert.deepEqual(Object.keys(faceted.facets), ['brand']);
assert.equal(faceted.hits[0].views, undefined);
assert.equal((await five.searchForFacetValues({ indexName, facetName: 'brand', searchForFacetValuesRequest: { facetQuery: 'ac' } })).facetHits[0].count, 15);
await assert.rejects(five.searchForFacetValues({ indexName, facetName: 'colour', searchForFacetValuesRequest: { facetQuery: 'r' } }),
  (error) => error.status === 400 && /searchable\(colour\)/.test(error.message));

await four.initIndex(indexName).replaceAllObjects(shoes(20, 60, 'New shoe'), { safe: true });
assert.equal((await search({ query: 'new shoe', removeWordsIfNoResults: 'none' })).nbHits, 40);
assert.equal((await search({ query: 'old', removeWordsIfNoResults: 'none' })).nbHits, 0);
assert.deepEqual((await five.getSettings({ indexName })).customRanking, ['desc(price)'], 'settings stay');
assert.equal((await five.listIndices()).items.filter((index) => /_tmp_/.test(index.name)).length, 0);

// Records: changed in part, deleted by filter, read in pages, several indexes at once.
await done(five.partialUpdateObject({ indexName, objectID: 'r20', attributesToUpdate: {
  views: { _operation: 'Increment', value: 4 }, tags: { _operation: 'AddUnique', value: 'sale' } } }));
let whole = [];
await four.initIndex(indexName).browseObjects({ batch: (batch) => { whole = whole.concat(batch); } });
assert.equal(whole.length, 40);
assert.deepEqual(whole.find((record) => record.objectID === 'r20').tags, ['sale']);
assert.equal(whole.find((record) => record.objectID === 'r20').views, 5, 'who browses sees all');
let read = 0;
await five.browseObjects({ indexName, browseParams: { query: '', hitsPerPage: 7 }, aggregator: (page) => { read += page.hits.length; } });
assert.equal(read, 40);
const { objectIDs } = await four.initIndex(indexName).saveObjects([{ name: 'Nameless' }], { autoGenerateObjectIDIfNotExist: true }).wait();
assert.equal(objectIDs.length, 1);
await done(five.deleteBy({ indexName, deleteByParams: { filters: 'price >= 60' } }));
assert.equal((await search({ query: 'new shoe' })).nbHits, 30);
await four.initIndex(indexName).deleteBy({ filters: 'colour:green' }).wait();
assert.equal((await search({ query: 'new shoe' })).nbHits, 20);

const many = await five.multipleBatch({ requests: [
  { action: 'addObject', indexName: 'articles', body: { objectID: 'a1', name: 'How to clean a shoe', views: 3 } },
  { action: 'addObject', indexName: 'articles', body: { objectID: 'a2', name: 'How to lace boots' } },
  { action: 'deleteObject', indexName, body: { objectID: objectIDs[0] } }] });
await five.waitForTask({ indexName: 'articles', taskID: many.taskID.articles });
const both = await five.search({ requests: [{ indexName, query: 'shoe', hitsPerPage: 1 }, { indexName: 'articles', query: 'shoe' }] });
assert.deepEqual(both.results.map((answer) => answer.nbHits), [20, 1]);
assert.deepEqual(ids(both.results[1]), ['a1']);
const got = await five.getObjects({ requests: [{ indexName: 'articles', objectID: 'a2' }, { indexName, objectID: 'a2' }] });
assert.equal(got.results[0].name, 'How to lace boots');
assert.equal(got.results[1], null);

// Whole indexes.
await four.copyIndex('articles', 'guides').wait();
await done(five.deleteObject({ indexName: 'articles', objectID: 'a1' }), 'articles');
assert.equal((await search({ query: '' }, 'articles')).nbHits, 1);
assert.equal((await search({ query: '' }, 'guides')).nbHits, 2);
await four.moveIndex('guides', 'articles').wait();
assert.equal((await search({ query: '' }, 'articles')).nbHits, 2);
assert.equal(await five.indexExists({ indexName: 'guides' }), false);
const listed = Object.fromEntries((await five.listIndices()).items.map((index) => [index.name, index.entries]));
assert.equal(listed.articles, 2);
assert.equal(listed.products, 20);
assert.equal(listed.products_cheap, 20);
await done(five.clearObjects({ indexName: 'articles' }), 'articles');
assert.equal((await search({ query: '' }, 'articles')).nbHits, 0);
await done(five.deleteIndex({ indexName: 'articles' }), 'articles');
await assert.rejects(search({ query: '' }, 'articles'), (error) => error.status === 404 && /Index articles does not exist/.test(error.message));
assert.equal((await search({ query: '' })).nbHits, 20, 'the catalog is as it was');

// Parameters of one search.
await done(five.setSettings({ indexName, indexSettings: { customRanking: null, attributeForDistinct: 'model' } }));
const all = (await search({ query: '' })).nbHits;
assert.ok((await search({ query: '', distinct: true })).nbHits < all);
assert.equal((await search({ query: 'shoo', typoTolerance: false, removeWordsIfNoResults: 'none', queryType: 'prefixNone' })).nbHits, 0);
assert.equal((await search({ query: 'shoe -new', advancedSyntax: true })).nbHits, 0);
assert.equal((await search({ query: 'acme', restrictSearchableAttributes: ['name'], removeWordsIfNoResults: 'none' })).nbHits, 0);
const ranked = await search({ query: 'shoe', getRankingInfo: true, responseFields: ['hits', 'nbHits'] });
assert.equal(ranked.hits[0]._rankingInfo.nbTypos, 0);
assert.equal(ranked.renderingContent, undefined);
assert.match((await search({ query: '', aroundLatLngViaIP: true })).message, /not known/);
await done(five.deleteIndex({ indexName }));
