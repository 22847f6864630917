import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const loaded = require('@rudderstack/rudder-sdk-node');
const RudderAnalytics = loaded.default ?? loaded;
const [url, writeKey] = process.argv.slice(2);
const client = new RudderAnalytics(writeKey, { dataPlaneUrl: url, flushAt: 2, flushInterval: 100 });
client.track({
  userId: 'rn-1',
  event: 'Order Completed',
  properties: { order_id: 'rn-o1', products: [{ product_id: 'p1', quantity: 2, price: 3 }] },
});
client.identify({ userId: 'rn-1', traits: { email: 'a@b.example' } });
await new Promise((resolve, reject) => client.flush((error) => (error ? reject(error) : resolve())));
