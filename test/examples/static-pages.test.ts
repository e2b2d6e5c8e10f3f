import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFront, type Front } from '../../examples/front/front-server';
import { staticPages } from '../../examples/front/static-pages';
import { exchange, statusesIn } from './raw-http';

describe('the files of examples/spa', () => {
  let folder: string;
  let front: Front;
  let port: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-static-'));
    writeFileSync(join(folder, 'secret.txt'), 'a secret beside the pages');
    const site = join(folder, 'site');
    mkdirSync(join(site, 'assets'), { recursive: true });
    writeFileSync(join(site, 'index.html'), 'the one page');
    writeFileSync(join(site, 'assets', 'a.js'), 'script');
    symlinkSync(join(folder, 'secret.txt'), join(site, 'assets', 'linked.txt'));
    front = await startFront(0, staticPages(site));
    port = Number(new URL(front.url).port);
  });

  afterAll(async () => {
    await front.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (target: string, method = 'GET') =>
    exchange(port, `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/%252e%252e%252fsecret.txt',
    '/..\\secret.txt',
    '/..%5csecret.txt',
    '/%c0%ae%c0%ae/secret.txt',
    '/secret.txt%00.js',
    '/assets/linked.txt',
    '//secret.txt',
    'http://localhost/../secret.txt',
    'file:///etc/passwd',
    '/etc/passwd',
    '/__proto__',
    '/constructor',
    '/.env',
    '/assets',
    '/assets/',
    '/index.html/../secret.txt',
    '/%',
  ])('give away nothing beside them: %s', async (target) => {
    const said = await ask(target);
    expect(said).not.toContain('a secret');
    expect(said).not.toContain('root:');
    expect([200, 404]).toContain(statusesIn(said)[0]);
    if (statusesIn(said)[0] === 200) expect(said).toContain('the one page');
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    'are only read: %s',
    async (method) => {
      const said = await ask('/', method);
      expect(statusesIn(said)).toEqual([405]);
      expect(said).toMatch(/^allow: GET, HEAD\r$/im);
      expect(said).not.toContain('the one page');
    },
  );

  it('CK-11, CK-12: say with every status what may be made of them', async () => {
    for (const said of [await ask('/'), await ask('/x.y'), await ask('/', 'POST')]) {
      expect(said).toMatch(/^content-security-policy: .*frame-ancestors 'none'/im);
      expect(said).toMatch(/^x-content-type-options: nosniff\r$/im);
      expect(said).toMatch(/^cross-origin-opener-policy: same-origin\r$/im);
    }
  });

  it('let caches keep what is named after its content, and nothing else', async () => {
    expect(await ask('/assets/a.js')).toMatch(
      /^cache-control: public, max-age=31536000, immutable/im,
    );
    expect(await ask('/invoices')).toMatch(/^cache-control: no-cache\r$/im);
  });
});
