// Runs each tracker in a process of its own and looks for its events in the daemon's log.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { searchKey, startDaemon, writeKey } from './daemon.mjs';

const daemon = await startDaemon(process.argv[2]);

function runClient(script, ...more) {
  const key = script.startsWith('algolia') ? searchKey : writeKey;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, daemon.url, key, ...more], { stdio: 'inherit' });
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${script} ended with ${code}`))));
  });
}

/** Waits until the log holds an event that `test` likes. */
async function expectEvent(what, test) {
  const until = Date.now() + 30000;
  for (;;) {
    const found = daemon.events().find(test);
    if (found) return found;
    if (Date.now() > until) {
      throw new Error(`${what}: not among\n${daemon.events().map((e) => JSON.stringify(e)).join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

const browserFlow = (shopper) => async () => {
  await expectEvent('identify', (e) => e.shopperId === shopper && e.identified);
  const added = await expectEvent('track', (e) => e.shopperId === shopper && e.productAdded);
  if (added.productAdded.productId !== 'p1') throw new Error('the product is lost');
  if (!added.anonymousId) throw new Error('the anonymous id is lost');
  if (added.channel !== 'WEB') throw new Error(`the channel is ${added.channel}`);
  if (!added.context?.pageUrl?.includes('shop.example')) throw new Error('the page is lost');
  await expectEvent('page', (e) => e.anonymousId === added.anonymousId && e.pageViewed?.name === 'PDP');
};

const cases = [
  ['@segment/analytics-node', ['segment_node.mjs'], async () => {
    const viewed = await expectEvent('track', (e) => e.shopperId === 'sn-1' && e.productViewed);
    if (viewed.productViewed.price !== 3.5) throw new Error('the price is lost');
    await expectEvent('identify', (e) => e.identified?.traits?.email === 'a@b.example');
    await expectEvent('page', (e) => e.shopperId === 'sn-anon' && e.pageViewed);
    await expectEvent('group', (e) => e.groupJoined?.groupId === 'acme');
    await expectEvent('alias', (e) => e.aliased?.previousId === 'sn-anon');
  }],
  ['@rudderstack/rudder-sdk-node (gzip)', ['rudder_node.mjs'], async () => {
    const order = await expectEvent('track', (e) => e.shopperId === 'rn-1' && e.orderCompleted);
    if (order.orderCompleted.products[0].quantity !== 2) throw new Error('the quantity is lost');
    await expectEvent('identify', (e) => e.shopperId === 'rn-1' && e.identified);
  }],
  ['@segment/analytics-next', ['segment_browser.mjs'], browserFlow('sb-1')],
  ['@segment/analytics-next (batching)', ['segment_browser.mjs', 'batching'], browserFlow('sbb-1')],
  ['@rudderstack/analytics-js', ['rudder_browser.mjs', 'single'], browserFlow('rb-1')],
  ['@rudderstack/analytics-js (batch)', ['rudder_browser.mjs', 'batch'], browserFlow('rbb-1')],
  ['@rudderstack/analytics-js (beacon)', ['rudder_browser.mjs', 'beacon'], browserFlow('rbn-1')],
  ['algoliasearch 5 and 4', ['algolia_node.mjs'], async () => {
    const clicked = await expectEvent('click', (e) => e.shopperId === 'an-1' && e.productClicked);
    if (clicked.productClicked.queryId?.length !== 32) throw new Error('the query is lost');
  }],
  ['algoliasearch 5 and 4: settings and indexes', ['algolia_indexes.mjs'], async () => {
    const replaced = await expectEvent('move', (e) => e.searchIndexSet?.change === 'replaced');
    if (!/_tmp_/.test(replaced.searchIndexSet.from)) throw new Error('what it came from is lost');
  }],
  ['instantsearch.js in Node, clients 5 and 4', ['algolia_instantsearch.mjs'], async () => {}],
  ['search-insights and @algolia/recommend 5 and 4', ['algolia_insights.mjs'], async () => {
    await expectEvent('click', (e) => e.shopperId === 'si-1' && e.productClicked?.queryId?.length === 32);
  }],
];
// Debian's; whoever has none sees the clients in Node only.
if (existsSync('/usr/bin/chromium')) {
  cases.push(['instantsearch.js with 16 widgets in Chromium', ['algolia_page.mjs'], async () => {
    await expectEvent('click', (e) => e.context?.library === 'algolia-insights' && e.productClicked?.productId?.startsWith('p')
      && e.productClicked.queryId?.length === 32);
  }]);
  cases.push(['previews of all ready flows in Chromium', ['email_previews.mjs', process.argv[2]], async () => {}]);
}

let failures = 0;
async function run([name, client, check]) {
  try {
    await runClient(...client);
    await check();
    console.log(`ok   ${name}`);
  } catch (error) {
    ++failures;
    console.log(`FAIL ${name}: ${error.message}`);
  }
}
// Trackers mostly wait for their own timers, so they wait together; what follows shares one catalog.
const trackers = cases.filter(([, [script]]) => /^(segment|rudder)_/.test(script));
await Promise.all(trackers.map(run));
for (const client of cases.filter((each) => !trackers.includes(each))) await run(client);
const code = await daemon.stop();
if (code !== 0) {
  ++failures;
  console.log(`FAIL the daemon ended with ${code}`);
}
process.exit(failures === 0 ? 0 : 1);
