import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { ERROR_CODES } from '@portcullis/nest';
import { MALFORMED, PROBLEM_TYPE, problemText, type EarlyRefusal } from './early-refusal';

/** Requests that Node refuses before there is a request object, by the code of its parser. */
const REFUSALS: Readonly<Record<string, EarlyRefusal>> = {
  HPE_HEADER_OVERFLOW: { code: 'headers_too_large', ...ERROR_CODES.headers_too_large },
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 'validation_failed',
    status: 408,
    title: 'The request took too long',
  },
};

/** Answers them as a problem (RFC 9457) with the headers of every other answer (CK-12, CK-13). */
export function answerParserErrors(server: Server): void {
  // A web framework's own answer would be the second on the same connection.
  server.removeAllListeners('clientError');
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
      socket.destroy();
      return;
    }
    socket.end(render(REFUSALS[error.code ?? ''] ?? MALFORMED));
  });
}

function render(refusal: EarlyRefusal): string {
  const requestId = randomUUID();
  const body = problemText(refusal, requestId);
  return [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    `Content-Security-Policy: default-src 'none'; frame-ancestors 'none'`,
    'Referrer-Policy: no-referrer',
    'Strict-Transport-Security: max-age=63072000; includeSubDomains',
    'X-Content-Type-Options: nosniff',
    '',
    body,
  ].join('\r\n');
}
