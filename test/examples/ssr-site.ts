import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSsr } from '../../examples/front/build-ssr';
import { startFront } from '../../examples/front/front-server';
import { SsrPages } from '../../examples/front/ssr-pages';

/** The pages of `examples/ssr` before an API of a test. */
export interface SsrSite {
  readonly url: string;
  close(): Promise<void>;
}

export async function startSsrSite(answer: RequestListener): Promise<SsrSite> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-ssr-'));
  await buildSsr(folder);
  const api = createServer(answer);
  await new Promise<void>((listening) => api.listen(0, '127.0.0.1', listening));
  const pages = new SsrPages(folder);
  const front = await startFront(0, pages.handle);
  pages.ask(`http://127.0.0.1:${(api.address() as AddressInfo).port}`);
  return {
    url: front.url,
    async close() {
      await front.close();
      api.close();
      api.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
