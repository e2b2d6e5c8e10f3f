import type { AuthError } from '../errors/auth-error';
import { emitException, toMessageProblem } from '../errors/message-answer';

/** A socket of socket.io, as far as we use it. */
export interface SocketIoClient {
  readonly request: unknown;
  readonly handshake: { readonly auth?: unknown };
  disconnect(close: boolean): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
}

/** A socket of `ws`, as far as we use it. */
export interface NativeClient {
  readonly readyState: number;
  close(code: number, reason: string): void;
  terminate?(): void;
  pause?(): void;
  resume?(): void;
  once(event: 'close', listener: () => void): unknown;
}

const OPEN = 1;
/** RFC 6455 §7.4.2 leaves 4000–4999 to applications; 1013 is "try again later" of the registry. */
const CLOSE_UNAUTHENTICATED = 4401;
const CLOSE_FORBIDDEN = 4403;
const CLOSE_TRY_AGAIN_LATER = 1013;
/** A client that does not answer the close is cut off, within the bound of revocation. */
const CUT_OFF_MILLISECONDS = 1000;

export function isSocketIo(client: object): client is SocketIoClient {
  return 'handshake' in client && typeof client.handshake === 'object';
}

/** Whether a socket was not closed while its client was being looked at. */
export function isOpen(client: object): boolean {
  return isSocketIo(client) || (client as NativeClient).readyState === OPEN;
}

/** Calls back once when a socket has closed. */
export function onceClosed(client: object, listener: () => void): void {
  if (isSocketIo(client)) client.once('disconnect', listener);
  else (client as NativeClient).once('close', listener);
}

/** Closes a socket and says why by the stable code: as the reason, or in the event `exception`. */
export function closeSocket(client: object, error: AuthError): void {
  if (isSocketIo(client)) {
    emitException(client, toMessageProblem(error));
    client.disconnect(true);
    return;
  }
  const socket = client as NativeClient;
  socket.close(closeCodeOf(error), error.code);
  const cutOff = setTimeout(() => socket.terminate?.(), CUT_OFF_MILLISECONDS).unref();
  socket.once('close', () => clearTimeout(cutOff));
}

function closeCodeOf({ status }: AuthError): number {
  if (status >= 500) return CLOSE_TRY_AGAIN_LATER;
  return status === 403 ? CLOSE_FORBIDDEN : CLOSE_UNAUTHENTICATED;
}
