import { request as requestHttp, type IncomingMessage, type Server } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { INestApplication } from '@nestjs/common';
import type { TestHeaders } from './test-principal';

/** What came back, as far as the matrix looks at it. */
export interface MatrixAnswer {
  /** Undefined where nothing came back. */
  readonly status?: number;
  /** `code` of a problem document (RFC 9457). */
  readonly code?: string;
  /** The header `WWW-Authenticate`. */
  readonly challenge?: string;
  /** Why nothing came back. */
  readonly failure?: string;
}

/** A request as the matrix sends it. */
export interface MatrixRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: TestHeaders;
}

const MAX_WAIT_MILLISECONDS = 10_000;
const MAX_BODY_BYTES = 65_536;
const WITH_BODY = ['POST', 'PUT', 'PATCH'];
const LOOPBACK = '127.0.0.1';

/** Sends real requests to an application that listens, each on a connection of its own. */
export class MatrixClient {
  private constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly isSecure: boolean,
  ) {}

  /** Lets the application listen on a free port of the loopback interface, if it does not listen. */
  static async of(app: INestApplication): Promise<MatrixClient> {
    const server = app.getHttpServer() as Server;
    if (!server.listening) await app.listen(0, LOOPBACK);
    const address = server.address();
    if (typeof address !== 'object' || address === null) {
      throw new Error('expectAccessMatrix: the application listens on no port');
    }
    const isAny = ['::', '0.0.0.0'].includes(address.address);
    return new MatrixClient(
      isAny ? LOOPBACK : address.address,
      address.port,
      'setSecureContext' in server,
    );
  }

  send({ method, path, headers }: MatrixRequest): Promise<MatrixAnswer> {
    const body = WITH_BODY.includes(method) ? '{}' : undefined;
    const sent = {
      host: this.host,
      port: this.port,
      method,
      path,
      agent: false,
      headers: {
        accept: 'application/json',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(body.length) }),
        ...headers,
      },
    };
    return new Promise((resolve) => {
      const answered = (response: IncomingMessage) => {
        void readAnswer(response).then(resolve);
      };
      // The certificate of a test names no loopback address.
      const request = this.isSecure
        ? requestHttps({ ...sent, rejectUnauthorized: false }, answered)
        : requestHttp(sent, answered);
      request.setTimeout(MAX_WAIT_MILLISECONDS, () => {
        resolve({ failure: `no answer within ${MAX_WAIT_MILLISECONDS / 1000} s` });
        request.destroy();
      });
      request.on('error', ({ message }) => {
        resolve({ failure: message });
      });
      request.end(body);
    });
  }
}

/** A stream of events never ends, so only what was refused is read to its end. */
async function readAnswer(response: IncomingMessage): Promise<MatrixAnswer> {
  const { statusCode: status = 0, headers } = response;
  const answer = { status, challenge: headers['www-authenticate'] };
  if (status < 400) {
    response.destroy();
    return answer;
  }
  let text = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += String(chunk);
      if (text.length > MAX_BODY_BYTES) response.destroy();
    }
  } catch {
    return answer;
  }
  return { ...answer, code: codeIn(text) };
}

function codeIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    const code: unknown =
      typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}
