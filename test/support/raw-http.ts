import { connect } from 'node:net';

/** What came back for bytes that no HTTP client would send. */
export interface RawAnswer {
  /** 0 where the server closed the connection without an answer. */
  readonly status: number;
  readonly text: string;
}

/** Sends a request head exactly as it is written: clients would normalise its path. */
export function sendRaw(url: string, head: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(head, 'latin1'));
    let text = '';
    const finish = () => {
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('end', finish);
    socket.on('error', finish);
    socket.setTimeout(5000, finish);
  });
}
