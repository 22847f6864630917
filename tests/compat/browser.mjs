// A page of the shop in jsdom, as far as the trackers look: window, document, storage, requests.
import { JSDOM } from 'jsdom';

export function openPage(url = 'https://shop.example/p/1?utm_source=news') {
  const dom = new JSDOM('<!doctype html><html><head><title>Shoe</title></head><body></body></html>', {
    url,
    pretendToBeVisual: true,
  });
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  define('window', dom.window);
  for (const name of ['document', 'navigator', 'localStorage', 'sessionStorage', 'location', 'history',
    'screen', 'XMLHttpRequest', 'HTMLElement', 'Event', 'CustomEvent', 'Node', 'Blob', 'addEventListener',
    'removeEventListener', 'dispatchEvent']) {
    const value = dom.window[name];
    define(name, typeof value === 'function' && /^[a-z]/.test(name) ? value.bind(dom.window) : value);
  }
  define('self', dom.window);
  dom.window.fetch = globalThis.fetch;
  return dom;
}
