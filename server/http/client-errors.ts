import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { ERROR_CODES } from '@portcullis/nest';

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly title: string;
}

const MALFORMED = { code: 'validation_failed', ...ERROR_CODES.validation_failed };

/** Requests that Node refuses before there is a request object, by the code of its parser. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: { code: 'headers_too_large', ...ERROR_CODES.headers_too_large },
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 'validation_failed',
    status: 408,
    title: 'The request took too long',
  },
};

/** Answers them as a problem (RFC 9457) with the headers of every other answer (CK-12, CK-13). */
export function answerParserErrors(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
      socket.destroy();
      return;
    }
    socket.end(render(ANSWERS[error.code ?? ''] ?? MALFORMED));
  });
}

function render({ status, code, title }: Answer): string {
  const body = JSON.stringify({
    type: `urn:portcullis:error:${code}`,
    title,
    status,
    code,
    requestId: randomUUID(),
  });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    `Content-Security-Policy: default-src 'none'; frame-ancestors 'none'`,
    'Referrer-Policy: no-referrer',
    'Strict-Transport-Security: max-age=63072000; includeSubDomains',
    'X-Content-Type-Options: nosniff',
    '',
    body,
  ].join('\r\n');
}
