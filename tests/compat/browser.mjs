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
    'removeEventListener', 'dispatchEvent', 'requestAnimationFrame', 'cancelAnimationFrame',
    'MutationObserver', 'Storage']) {
    const value = dom.window[name];
    define(name, typeof value === 'function' && /^[a-z]/.test(name) ? value.bind(dom.window) : value);
  }
  define('self', dom.window);
  dom.window.fetch = globalThis.fetch;
  // jsdom has no beacon: what the tracker hands over is posted as a browser would.
  dom.window.navigator.sendBeacon = (to, data) => {
    const reader = new dom.window.FileReader();
    reader.onload = () =>
      fetch(to, { method: 'POST', body: reader.result, headers: { 'content-type': data.type } });
    reader.readAsText(data);
    return true;
  };
  return dom;
}
