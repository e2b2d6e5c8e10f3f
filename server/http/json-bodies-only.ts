import type { IncomingMessage, ServerResponse } from 'node:http';
import { AuthError } from '@portcullis/nest';
import { readsForms } from './form-routes';

const JSON_TYPE = /^application\/json\s*(;|$)/i;
const NO_CODING = /^\s*(identity\s*)?$/i;

/**
 * Refuses a body of any other type, which the parser would leave unread and a handler take for none,
 * and a compressed one, which would grow behind the limit (HT-5).
 */
export function jsonBodiesOnly(
  request: IncomingMessage,
  _response: ServerResponse,
  next: (error?: unknown) => void,
): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
  const isAccepted = isPlainJson(request) || readsForms(request);
  next(hasBody && !isAccepted ? new AuthError('unsupported_media_type') : undefined);
}

function isPlainJson({ headers }: IncomingMessage): boolean {
  return (
    JSON_TYPE.test(headers['content-type'] ?? '') &&
    NO_CODING.test(headers['content-encoding'] ?? '')
  );
}
