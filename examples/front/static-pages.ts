import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import type { PageHandler } from './front-server';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface StaticFile {
  readonly body: Buffer;
  readonly type: string;
}

/**
 * The built files of a single-page application. Its own router knows the addresses of pages, so every
 * address that is no file gets the one page.
 *
 * The files are read once: no address of a request ever becomes a path of the disk.
 */
export function staticPages(folder: string): PageHandler {
  const files = readFiles(folder);
  return (asked, answer) => {
    const path = (asked.url ?? '/').split('?', 1)[0] ?? '/';
    if (asked.method !== 'GET' && asked.method !== 'HEAD') {
      answer.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const file = files.get(path) ?? (extname(path) === '' ? files.get('/index.html') : undefined);
    if (file === undefined) {
      answer.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Not found\n');
      return;
    }
    // The names of assets hold a digest of what is in them; the page has to be asked for each time.
    const isLasting = path.startsWith('/assets/');
    answer.writeHead(200, {
      'content-type': file.type,
      'content-length': file.body.length,
      'cache-control': isLasting ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    answer.end(asked.method === 'HEAD' ? undefined : file.body);
  };
}

function readFiles(folder: string): ReadonlyMap<string, StaticFile> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    names.map((name) => [
      name.slice(folder.length).split(sep).join('/'),
      { body: readFileSync(name), type: TYPES[extname(name)] ?? 'application/octet-stream' },
    ]),
  );
}
