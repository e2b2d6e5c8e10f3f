import { Logger, type ArgumentsHost } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';
import type { AuthError } from './auth-error';
import { reportCauses } from './cause-report';
import { ERROR_CODES } from './error-codes';
import { authErrorWithin } from './problem';

const logger = new Logger('Problem');

/** What a client that is not answered over HTTP learns of an error: never its cause, never a stack. */
export interface MessageProblem {
  readonly status: 'error';
  readonly code: AuthError['code'];
  readonly title: string;
  readonly message: string;
  readonly detail?: string;
  readonly errors?: AuthError['errors'];
  readonly retryAfterSeconds?: number;
  readonly challenge?: string;
}

/** An {@link AuthError} in the members that Nest's own errors have, with our stable `code`. */
export function toMessageProblem(error: AuthError): MessageProblem {
  const { title } = ERROR_CODES[error.code];
  return {
    status: 'error',
    code: error.code,
    title,
    message: title,
    ...(error.detail !== undefined && { detail: error.detail }),
    ...(error.errors !== undefined && { errors: error.errors }),
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
    ...(error.challenge !== undefined && { challenge: error.challenge }),
  };
}

/**
 * Answers an {@link AuthError} outside HTTP: under GraphQL as an error with `extensions.code`, to an
 * RPC client as a {@link MessageProblem}, on a WebSocket as the event `exception` with one. Every
 * other error, and every error in a context that we do not know, is passed on.
 */
export function answerMessage(thrown: unknown, host: ArgumentsHost): Observable<never> | void {
  const error = authErrorWithin(thrown);
  const type = host.getType<string>();
  if (error === undefined) return passOn(thrown, type);
  logFault(error);
  const problem = toMessageProblem(error);
  if (type === 'rpc') return throwError(() => problem);
  if (type === 'graphql') throw new GraphqlProblem(problem);
  if (type !== 'ws') throw thrown;
  emitException(host.getArgs<unknown[]>()[0], problem);
}

/** Sends the event `exception`, as Nest does, to a socket of `ws` or of socket.io. */
export function emitException(client: unknown, problem: MessageProblem): void {
  const socket = client as {
    readonly readyState?: unknown;
    send?(text: string): void;
    emit?(event: string, problem: MessageProblem): void;
  };
  // A socket of `ws` has an `emit` too, which reaches nobody but its own listeners.
  if (typeof socket.readyState === 'number') {
    socket.send?.(JSON.stringify({ event: 'exception', data: problem }));
  } else {
    socket.emit?.('exception', problem);
  }
}

/** graphql-js takes the extensions of what a resolver throws, and Apollo may show its stack. */
class GraphqlProblem extends Error {
  readonly extensions: Readonly<Omit<MessageProblem, 'status' | 'message'>>;

  constructor({ status: _status, message, ...extensions }: MessageProblem) {
    super(message);
    this.name = 'AuthError';
    this.extensions = extensions;
    this.stack = `${this.name}: ${message}`;
  }
}

/** What a client did wrong is the audit's to record; what we did wrong is for the operator. */
function logFault(error: AuthError): void {
  if (ERROR_CODES[error.code].status < 500) return;
  const { summary, stack } = reportCauses(error);
  if (error.code === 'internal_error') logger.error(`${error.code}: ${summary}`, stack);
  else logger.warn(`${error.code}: ${summary}`);
}

/** What a microservice handler throws must travel as a stream; a rejection there ends the process. */
function passOn(thrown: unknown, type: string): Observable<never> {
  if (type === 'rpc') return throwError(() => thrown);
  throw thrown;
}
