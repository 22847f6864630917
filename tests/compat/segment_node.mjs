import { Analytics } from '@segment/analytics-node';

const [url, writeKey] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host: url, flushAt: 3, maxRetries: 0 });
analytics.on('error', (error) => { console.error(error); process.exitCode = 1; });
analytics.identify({ userId: 'sn-1', traits: { email: 'a@b.example' } });
analytics.track({ userId: 'sn-1', event: 'Product Viewed', properties: { product_id: 'p1', price: 3.5, currency: 'USD' } });
analytics.page({ anonymousId: 'sn-anon', name: 'Home', properties: { url: 'https://shop.example/' } });
analytics.group({ userId: 'sn-1', groupId: 'acme', traits: { name: 'Acme' } });
analytics.alias({ userId: 'sn-1', previousId: 'sn-anon' });
await analytics.closeAndFlush({ timeout: 20000 });
