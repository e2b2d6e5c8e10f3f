import { io } from 'socket.io-client';
import { WebSocket } from 'ws';

/** How a client opens a socket. */
export interface OpeningSocket {
  /** `/things` or `/open`. */
  readonly place: string;
  /** Sent the way pages send it: as a protocol, or as `auth.token`. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  /** Events that are sent the moment the socket opens. */
  readonly flood?: readonly string[];
}

/** An answer of a handler, or the code it was refused with. */
export interface Answer {
  readonly data?: unknown;
  readonly code?: string;
}

/** A client of either library. */
export interface TestSocket {
  /** Sends an event and waits for what comes back. */
  ask(event: string, data?: unknown): Promise<Answer>;
  /** Sends an event, whatever becomes of it. */
  send(event: string): void;
  /** The error code that the server closed the socket with, and its close code where it has one. */
  readonly closed: Promise<readonly [code: string, closeCode?: number]>;
  /** Everything that came back, as it came. */
  readonly received: readonly unknown[];
  readonly protocol?: () => string;
  /** Reads nothing more, so that it learns of no end. */
  deafen?(): void;
  close(): void;
}

type Waiting = (answer: Answer) => void;

class Answers {
  readonly received: unknown[] = [];
  readonly #waiting: Waiting[] = [];

  next(): Promise<Answer> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  take(event: string, data: unknown): void {
    this.received.push({ event, data });
    const code = event === 'exception' ? (data as { code: string }).code : undefined;
    this.#waiting.shift()?.(code === undefined ? { data } : { code });
  }
}

export function openNative(url: string, opening: OpeningSocket): TestSocket {
  const { place, token, headers, query = '', flood = [] } = opening;
  const protocols = token === undefined ? [] : ['bearer', token];
  const socket = new WebSocket(url.replace('http', 'ws') + place + query, protocols, { headers });
  const answers = new Answers();
  const opened = new Promise<void>((resolve) => socket.once('open', () => resolve()));
  const send = (event: string, data: unknown = {}) => socket.send(JSON.stringify({ event, data }));
  socket.on('error', () => undefined);
  socket.on('open', () => flood.forEach((event) => send(event)));
  socket.on('message', (raw: Buffer) => {
    const { event, data } = JSON.parse(raw.toString()) as { event: string; data: unknown };
    answers.take(event, data);
  });
  return {
    received: answers.received,
    closed: new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve([reason.toString(), code]));
    }),
    async ask(event, data) {
      await opened;
      const answer = answers.next();
      send(event, data);
      return answer;
    },
    send,
    protocol: () => socket.protocol,
    deafen: () => socket.pause(),
    close: () => socket.terminate(),
  };
}

export function openSocketIo(url: string, opening: OpeningSocket): TestSocket {
  const { place, token, headers, query = '', flood = [] } = opening;
  const socket = io(url + place + query, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    ...(headers !== undefined && { extraHeaders: headers }),
    ...(token !== undefined && { auth: { token } }),
  });
  const answers = new Answers();
  let last = '';
  for (const event of flood) socket.emit(event, {});
  socket.onAny((event: string, data: unknown) => {
    if (event === 'exception') last = (data as { code: string }).code;
    answers.take(event, data);
  });
  return {
    received: answers.received,
    closed: new Promise((resolve) => {
      socket.once('disconnect', () => resolve([last]));
      socket.once('connect_error', (error: Error & { data?: { code: string } }) => {
        resolve([error.data?.code ?? error.message]);
      });
    }),
    ask(event, data = {}) {
      const answer = answers.next();
      socket.emit(event, data);
      return answer;
    },
    send: (event) => socket.emit(event, {}),
    close: () => socket.disconnect(),
  };
}
