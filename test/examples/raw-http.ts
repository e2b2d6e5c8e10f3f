import { connect, type Socket } from 'node:net';

/** Sends bytes as they are, which no client would, and reads what comes until the connection ends. */
export function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(text, 'latin1')));
    socket.on('data', (chunk) => (said += chunk.toString('latin1')));
    socket.on('error', () => resolve(said));
    socket.on('close', () => resolve(said));
    // Of connections that are kept, what they said so far counts.
    socket.setTimeout(400, () => socket.destroy());
  });
}

/** A connection of a client that will go away in the middle. */
export async function opened(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write(Buffer.from(text, 'latin1'));
  return socket;
}

/** The statuses of the answers in what a connection said. */
export function statusesIn(said: string): number[] {
  return [...said.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
}
