import { join } from 'node:path';
import { buildSpa } from './build-spa';
import { buildSsr } from './build-ssr';
import { makeDemoInvoices } from './demo-invoices';
import { API_PATH, startFront, type Front } from './front-server';
import { startReferenceServer, type ReferenceServer } from './reference-server';
import { SsrPages } from './ssr-pages';
import { staticPages } from './static-pages';

/** How the examples are started. */
export interface ExamplesOptions {
  /** Holds the built pages, secrets of the server and, without a `DATABASE_URL`, its PostgreSQL. */
  readonly dataDirectory: string;
  /** TCP port of each front; 0 lets the operating system choose. */
  readonly ports: { readonly spa: number; readonly ssr: number };
  /** Further variables of the reference server. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** The examples, listening on the loopback. */
export interface Examples {
  readonly fronts: { readonly spa: Front; readonly ssr: Front };
  readonly server: ReferenceServer;
  stop(): Promise<void>;
}

/** So short that one can watch the token being renewed. */
const ACCESS_TOKEN_SECONDS = '60';

/** Builds the pages and starts the reference server with a front for each example. */
export async function startExamples(options: ExamplesOptions): Promise<Examples> {
  const built = (name: string) => join(options.dataDirectory, name);
  await buildSpa(built('spa'));
  await buildSsr(built('ssr'));
  const spa = await startFront(options.ports.spa, staticPages(built('spa')));
  const pages = new SsrPages(built('ssr'));
  const ssr = await startSsr(options.ports.ssr, pages);
  const fronts = [spa, ssr];
  const close = async () => {
    await Promise.all(fronts.map((front) => front.close()));
  };
  try {
    const server = await startReferenceServer({
      PATH: process.env.PATH,
      NODE_ENV: 'development',
      LOG_LEVEL: 'warn',
      PORT: '0',
      PUBLIC_URL: `${spa.url}${API_PATH}`,
      ORIGINS: fronts.map(({ url }) => url).join(','),
      PROXY_HOPS: '1',
      PORTCULLIS_DATA_DIRECTORY: options.dataDirectory,
      ACCESS_TOKEN_SECONDS,
      ...options.variables,
    });
    for (const front of fronts) front.forwardTo(server.url);
    const stop = async () => {
      await close();
      await server.stop();
    };
    try {
      await makeDemoInvoices(server.url, server.accounts);
    } catch (error) {
      await stop();
      throw error;
    }
    return { fronts: { spa, ssr }, server, stop };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Its pages ask the API by themselves, and so have to know as well where it is. */
async function startSsr(port: number, pages: SsrPages): Promise<Front> {
  const front = await startFront(port, pages.handle);
  return {
    ...front,
    forwardTo(target) {
      front.forwardTo(target);
      pages.ask(target);
    },
  };
}
