import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a PostgreSQL that a test can close, or let nothing through. */
export interface DatabaseRelay {
  /** What leads to the same database through it. */
  readonly url: string;
  /** Connections that were tried, ever. */
  readonly connections: number;
  /** Lets nothing through, in either direction, and accepts connections as before. */
  hold(): void;
  /** Lets through what waits, and everything after it. */
  release(): void;
  /** Ends every connection; new ones are ended at once until `restore`. */
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

/** Starts one on a port of its own. */
export async function relayTo(databaseUrl: string): Promise<DatabaseRelay> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let connections = 0;
  let state: 'open' | 'held' | 'cut' = 'open';

  const server = createServer((near) => {
    connections += 1;
    if (state === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      if (state === 'held') one.cork();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
  };

  return {
    url: url.href,
    get connections() {
      return connections;
    },
    hold() {
      state = 'held';
      for (const socket of sockets) socket.cork();
    },
    release() {
      state = 'open';
      for (const socket of sockets) socket.uncork();
    },
    cut() {
      state = 'cut';
      destroyAll();
    },
    restore() {
      state = 'open';
    },
    async close() {
      destroyAll();
      server.close();
      await once(server, 'close');
    },
  };
}
