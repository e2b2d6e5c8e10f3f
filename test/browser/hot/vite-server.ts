import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'vite';

/*
 * Vite's own development server on a folder, below the path `/hot/`, as a process of its own: it is an
 * ES module that Jest cannot load. Prints its address when it is ready.
 */

async function main(root: string): Promise<void> {
  const http = createHttpServer();
  await new Promise<void>((resolve) => http.listen(0, 'localhost', resolve));
  const { port } = http.address() as AddressInfo;
  const vite = await createServer({
    root,
    base: '/hot/',
    configFile: false,
    logLevel: 'warn',
    cacheDir: join(root, '.vite'),
    // The packages lie outside of the folder, and the page comes from another port.
    server: {
      middlewareMode: true,
      fs: { strict: false },
      hmr: { server: http, clientPort: port },
    },
    oxc: { jsx: { runtime: 'automatic', development: true, refresh: false } },
    // One that is found late would have Vite reload the page.
    optimizeDeps: {
      include: ['react', 'react/jsx-dev-runtime', 'react/jsx-runtime', 'react-dom/client'],
    },
  });
  http.on('request', vite.middlewares);
  console.log(`http://localhost:${port}`);
}

main(process.argv[2]!).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
