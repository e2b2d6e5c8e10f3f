import type { IncomingMessage, ServerResponse } from 'node:http';
import { AuthError } from '@portcullis/nest';

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** Refuses a body of any other type, which the parser would leave unread and a handler take for none. */
export function jsonBodiesOnly(
  request: IncomingMessage,
  _response: ServerResponse,
  next: (error?: unknown) => void,
): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
  const isJson = JSON_TYPE.test(request.headers['content-type'] ?? '');
  next(hasBody && !isJson ? new AuthError('unsupported_media_type') : undefined);
}
