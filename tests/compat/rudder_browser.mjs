import { openPage } from './browser.mjs';

const [url, writeKey, mode] = process.argv.slice(2);
const dom = openPage('http://shop.example/p/1');
const { RudderAnalytics } = await import('@rudderstack/analytics-js/bundled');
const prefix = { single: 'rb', batch: 'rbb', beacon: 'rbn' }[mode];
// jsdom lacks the beacon; the SDK would fetch polyfills from elsewhere.
const options = { configUrl: url, logLevel: 'ERROR', polyfillIfRequired: false };
if (mode === 'batch') options.queueOptions = { batch: { enabled: true, maxItems: 3, flushInterval: 500 } };
if (mode === 'beacon') {
  options.useBeacon = true;
  options.beaconQueueOptions = { maxItems: 3, flushQueueInterval: 500 };
}
const analytics = new RudderAnalytics();
analytics.load(writeKey, url, options);
analytics.ready(() => {
  analytics.page('Cat', 'PDP');
  analytics.identify(`${prefix}-1`, { email: 'a@b.example' });
  analytics.track('Product Added', { product_id: 'p1' });
});
setTimeout(() => { dom.window.close(); process.exit(); }, 6000);
