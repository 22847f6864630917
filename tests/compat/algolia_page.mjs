// InstantSearch with 16 widgets, unmodified, in headless Chromium: each widget is used once, and
// each key-press is timed. The page and the libraries come from a server of this process.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [url, key, screenshot] = process.argv.slice(2);
const host = new URL(url).host;
const headers = { 'X-Algolia-API-Key': key, 'X-Algolia-Application-Id': 'APP' };

const brands = ['Acme', 'Bolt', 'Corvo', 'Dahl', 'Elm'];
const colours = ['Red', 'Blue', 'Green', 'Black', 'White', 'Yellow'];
const things = [['Shoes', 'Running', 'running shoe'], ['Shoes', 'Office', 'office shoe'], ['Jackets', 'Rain', 'rain jacket'],
  ['Jackets', 'Winter', 'winter jacket'], ['Bags', 'Travel', 'travel bag']];
const requests = [];
for (let i = 0; i < 600; ++i) {
  const [top, below, name] = things[i % things.length];
  requests.push({ action: 'addObject', body: {
    objectID: `p${i}`, name: `${colours[i % 6]} ${name} ${i}`, brand: brands[Math.floor(i / 5) % 5],
    price: 10 + (i % 90), rating: 1 + (i % 5), free_shipping: i % 3 === 0,
    hierarchicalCategories: { lvl0: top, lvl1: `${top} > ${below}` },
  } });
}
/** Answers to pages of widgets so far, and the seconds that they took inside the daemon. */
const took = async () => {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const of = (what) => Number(metrics.match(new RegExp(`^souk_http_request_duration_seconds_${what}\\{[^}]*queries[^}]*\\} (\\S+)`, 'm'))?.[1] ?? 0);
  return { count: of('count'), seconds: of('sum') };
};
const post = async (path, method, body) => {
  const answer = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
};
await post('/1/indexes/products/clear', 'POST', {});
await post('/1/indexes/products/rules/batch', 'POST', [{ objectID: 'bags', enabled: true,
  conditions: [{ pattern: 'bag', anchoring: 'contains' }], consequence: { userData: { banner: 'Bags week' } } }]);
const { taskID } = await post('/1/indexes/products/batch', 'POST', { requests });
for (;;) {
  const task = await fetch(`${url}/1/indexes/products/task/${taskID}`, { headers });
  if ((await task.json()).status === 'published') break;
}

const files = {
  '/': ['page/index.html', 'text/html'],
  '/algoliasearch.js': ['node_modules/algoliasearch/dist/lite/builds/browser.js', 'text/javascript'],
  '/client-common.js': ['node_modules/@algolia/client-common/dist/common.js', 'text/javascript'],
  '/requester.js': ['node_modules/@algolia/requester-browser-xhr/dist/requester.xhr.js', 'text/javascript'],
  '/insights.js': ['node_modules/search-insights/dist/search-insights.min.js', 'text/javascript'],
  '/instantsearch.js': ['node_modules/instantsearch.js/dist/instantsearch.production.min.js', 'text/javascript'],
};
const server = createServer((request, response) => {
  const file = files[new URL(request.url, 'http://x').pathname];
  if (!file) return response.writeHead(204).end();
  return response.writeHead(200, { 'Content-Type': file[1] }).end(readFileSync(file[0]));
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

const profile = mkdtempSync(join(tmpdir(), 'souk-chromium-'));
const context = await chromium.launchPersistentContext(profile, { executablePath: '/usr/bin/chromium', headless: true,
  viewport: { width: 1280, height: 1000 },
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'] });
const page = await context.newPage();
const faults = [];
page.on('pageerror', (error) => faults.push(error.message));
page.on('console', (message) => { if (message.type() === 'error') faults.push(message.text()); });
await page.goto(`http://127.0.0.1:${server.address().port}/?key=${key}&host=${host}`);
const text = (selector) => page.locator(selector).innerText();
const shows = (selector, pattern) => page.waitForFunction(([s, p]) => new RegExp(p, 'i').test(document.querySelector(s)?.innerText ?? ''),
  [selector, pattern.source], { timeout: 10000 })
  .catch(async (error) => { throw new Error(`${selector} never showed ${pattern}: ${await text(selector)} ${faults}`, { cause: error }); });

/** Waits until what was asked is drawn: a page that still moves takes a click elsewhere. */
const settled = () => page.evaluate(async () => {
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  do await drawn(); while (['loading', 'stalled'].includes(window.instant.status));
});
const press = async (selector, options) => { await settled(); await page.locator(selector, options).first().click(); };
const fill = async (selector, words) => { await settled(); await page.locator(selector).first().fill(words); };

await shows('#stats', /600 results/);
await page.waitForSelector('#hits li');
for (const widget of ['#brand', '#menu', '#range', '#rating', '#numeric', '#toggle', '#pagination', '#sort', '#per-page']) {
  assert.ok((await page.locator(`${widget} *`).count()) > 0, `${widget} is empty`);
}
await page.evaluate(() => { window.answers.length = 0; });
const pages = await took();
for (const words of ['rain jacket', 'office shoe', 'winter jaket', 'travel bag', 'running shoe']) {
  for (const letter of words) {
    const before = await page.evaluate(() => window.answers.length);
    await page.locator('#search input').press(letter === ' ' ? 'Space' : letter);
    await page.waitForFunction((n) => window.answers.length > n, before);
  }
  if (words !== 'running shoe') await page.locator('#search input').fill('');
}
const inside = await took();
const presses = (await page.evaluate(() => window.answers)).sort((a, b) => a - b);
await shows('#hits', /running shoe/);
assert.ok((await page.locator('#hits mark').count()) > 0, 'nothing is highlighted');
await press('#brand input[type=checkbox]');
await shows('#current', /Brand:\s*Acme/i);
assert.match(await text('#brand'), /Bolt/, 'other brands can still be chosen');
await fill('#brand input[type=search]', 'co');
await shows('#brand', /Corvo/);
await press('#clear button');
await fill('#search input', '');
await shows('#stats', /600 results/);
await press('#menu a', { hasText: 'Shoes' });
await shows('#breadcrumb', /Shoes/);
await shows('#menu', /Running/);
await settled();
await page.locator('#sort select').selectOption('products_price_desc');
await shows('#hits', /· 96/);
await settled();
await page.locator('#per-page select').selectOption('24');
await page.waitForFunction(() => document.querySelectorAll('#hits li').length === 24);
await press('#pagination a', { hasText: '2' });
await press('#toggle input');
await shows('#current', /shipping/i);
await press('#rating a');
await shows('#current', /rating/i);
await press('#numeric label', { hasText: 'Below 50' });
await shows('#current', /price/i);
await press('#clear button');
await fill('#range input', '95');
await press('#range button');
await shows('#current', /price/i);
await press('#clear button');
await fill('#search input', 'travel bag');
await shows('#banner', /Bags week/);
// A click is reported by search-insights itself, with the id of the search it belongs to.
const reported = page.waitForResponse((response) => response.url().includes('/1/events')
  && (response.request().postData() ?? '').includes('Hit Clicked'));
await press('#hits li div');
const report = await reported;
assert.equal(report.status(), 200);
const click = JSON.parse(report.request().postData()).events.find((event) => event.eventName === 'Hit Clicked');
assert.match(click.queryID, /^[0-9a-f]{32}$/);
assert.deepEqual(click.positions, [1]);
if (screenshot) await page.screenshot({ path: screenshot });
await context.close();
server.close();
rmSync(profile, { recursive: true, force: true });
assert.deepEqual(faults, []);
const at = (share) => presses[Math.min(presses.length - 1, Math.floor(presses.length * share))].toFixed(1);
const mean = 1000 * (inside.seconds - pages.seconds) / (inside.count - pages.count);
console.log(`key-presses answered in ms: median ${at(0.5)}, slowest ${at(1)} of ${presses.length}; in the daemon ${mean.toFixed(2)} on average`);
