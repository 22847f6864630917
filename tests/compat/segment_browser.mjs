import { openPage } from './browser.mjs';

const [url, writeKey, batching] = process.argv.slice(2);
const dom = openPage();
const { AnalyticsBrowser } = await import('@segment/analytics-next');
const prefix = batching ? 'sbb' : 'sb';
const delivery = batching ? { strategy: 'batching', config: { size: 3, timeout: 200 } } : undefined;
// No apiHost: the settings that the daemon serves say where events go.
const [analytics] = await AnalyticsBrowser.load(
  { writeKey, cdnURL: url },
  { integrations: { 'Segment.io': delivery ? { deliveryStrategy: delivery } : {} } },
);
await analytics.page('Category', 'PDP');
await analytics.identify(`${prefix}-1`, { email: 'a@b.example' });
await analytics.track('Product Added', { cart_id: 'c1', product_id: 'p1', price: 3, quantity: 1 });
// Requests that are still on their way; the caller waits for the events themselves.
setTimeout(() => { dom.window.close(); process.exit(); }, 3000);
