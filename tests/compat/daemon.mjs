// A daemon of its own for one run: a temporary folder, a free port, one store with one write key.
import { spawn, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const writeKey = 'compat-write-key';
export const searchKey = 'compat-search-key';

const sha256 = (key) => createHash('sha256').update(key).digest('hex');
const hash = sha256(writeKey);
const searchHash = sha256(searchKey);

const searching = `
      search: {}
      recommendations: {}`;

/** `scopes`: of the second key; `plugins`: lines of YAML. */
export async function startDaemon(souk, { scopes = 'events, decide, catalog', plugins = searching } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'souk-compat-'));
  const file = join(folder, 'souk.yaml');
  writeFileSync(file, `
server: { listen: "127.0.0.1:0", threads: 2 }
storage: { url: "sqlite://${join(folder, 'souk.db')}" }
stores:
  - id: compat
    keys:
      - { id: tracker, sha256: ${hash}, scopes: [ events ], origins: [ "https://shop.example", "http://shop.example" ] }
      - { id: search, sha256: ${searchHash}, scopes: [ ${scopes} ], origins: [ "*" ] }
    plugins:${plugins}
`);
  const child = spawn(souk, ['serve', '-c', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => { errors += text; });
  const address = await new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
      const found = output.match(/listening on (\S+)/);
      if (found) resolve(found[1]);
    });
    child.on('exit', (code) => reject(new Error(`the daemon ended with ${code}: ${errors}`)));
  });
  const url = address.startsWith('http') ? address : `http://${address}`;
  return {
    url,
    host: new URL(url).host,
    events: () =>
      execFileSync(souk, ['log', 'export', '-c', file, '--store', 'compat'], {
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
        .toString()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit');
        child.on('exit', (code) => {
          rmSync(folder, { recursive: true, force: true });
          resolve(code);
        });
        child.kill('SIGTERM');
      }),
  };
}
