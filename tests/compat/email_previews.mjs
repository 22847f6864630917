// The preview of every ready flow, drawn by headless Chromium as a phone and a desktop draw it: every
// picture arrives, nothing is cut off at the side, and the picture of the page (PNG) is not blank.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { searchKey, startDaemon } from './daemon.mjs';

const [souk, pictures] = process.argv.slice(4);
const flows = ['abandoned_cart', 'back_in_stock', 'browse_abandonment', 'post_purchase', 'price_drop', 'replenishment',
  'review_request', 'vip', 'welcome', 'win_back'];
const server = createServer((request, response) => response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end(
  `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600"><rect width="600" height="600" fill="#${
    request.url.length % 2 ? '2f6f5e' : 'c9743a'}"/></svg>`));
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const shop = `http://127.0.0.1:${server.address().port}`;
const daemon = await startDaemon(souk, { scopes: 'catalog, customers', plugins: `
      email:
        smtp: { url: 'smtp://127.0.0.1:9' }
        from: 'Corner shop <shop@shop.example>'
        postal_address: '1 Market Lane, Exampleton'
        public_url: '${shop}'
        flows: { ${flows.map((flow) => `${flow}: true`).join(', ')} }` });
const ask = async (method, path, body) => {
  const answer = await fetch(daemon.url + path, { method, body: body && JSON.stringify(body),
    headers: { Authorization: `Bearer ${searchKey}` } });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.text();
};
for (const [number, title] of ['Donaudampfschifffahrtsgesellschaftskapitänsmütze',
  'Rain jacket that keeps dry on the longest way home from the office', 'Trail shoe', 'Mug'].entries()) {
  await ask('PUT', `/v1/products/p${number}`, { id: `p${number}`, title, url: `${shop}/p/${number}`,
    media: [{ type: 'image', url: `${shop}/${'i'.repeat(number + 1)}` }],
    priceRange: { min: { amount: 8990 * (number + 1), currency: 'EUR' } } });
}
await ask('PUT', '/v1/customers/c1', { id: 'c1', email: 'ada@bench.example', name: 'Ada',
  consents: [{ channel: 'EMAIL', status: 'GRANTED' }] });
assert.deepEqual(JSON.parse(await ask('GET', '/v1/flows')).flows.map((flow) => flow.id).sort(), flows);

const profile = mkdtempSync(join(tmpdir(), 'souk-chromium-'));
const context = await chromium.launchPersistentContext(profile, { executablePath: '/usr/bin/chromium', headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'] });
const page = await context.newPage();
if (pictures) mkdirSync(pictures, { recursive: true });
for (const flow of flows) {
  await page.setContent(await ask('GET', `/v1/flows/${flow}/preview?shopperId=c1`), { waitUntil: 'networkidle' });
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const seen = await page.evaluate(() => ({
      words: document.body.innerText, wide: document.scrollingElement.scrollWidth,
      links: [...document.links].filter((link) => link.getClientRects().length > 0).length,
      broken: [...document.images].filter((image) => image.naturalWidth === 0).map((image) => image.src),
      small: [...document.querySelectorAll('p, td, a')].filter((part) => part.children.length === 0 && part.innerText.trim()
        && parseFloat(getComputedStyle(part).fontSize) < 11).map((part) => part.innerText),
    }));
    const where = `${flow} at ${width} pixels`;
    assert.ok(seen.wide <= width, `${where} is ${seen.wide} pixels wide`);
    assert.ok(seen.links >= 2, `${where}: a way to the shop and one out of its messages`);
    assert.deepEqual(seen.broken, [], `${where}: every picture arrives`);
    assert.deepEqual(seen.small, [], `${where}: everything can be read`);
    assert.match(seen.words, /1 Market Lane/, `${where}: who wrote it`);
    assert.doesNotMatch(seen.words, /\{\{|\{%|undefined|NaN/, where);
    const png = await page.screenshot({ fullPage: true });
    assert.equal(png.subarray(1, 4).toString(), 'PNG');
    // A page of one colour is packed into far less.
    assert.ok(png.length > 8000, `${where}: ${png.length} bytes of picture`);
    if (pictures) writeFileSync(join(pictures, `${flow}-${width}.png`), png);
  }
}
await context.close();
server.close();
rmSync(profile, { recursive: true, force: true });
assert.equal(await daemon.stop(), 0);
