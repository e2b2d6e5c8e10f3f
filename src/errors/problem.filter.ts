import type { ServerResponse } from 'node:http';
import {
  Catch,
  Injectable,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Observable } from 'rxjs';
import type { HttpRequest, ReadableHttpResponse } from '../requests/http-request';
import { forbidStoring } from '../requests/no-store.interceptor';
import { RequestReader } from '../requests/request-info';
import type { AuthError } from './auth-error';
import { reportCauses } from './cause-report';
import { ERROR_CODES } from './error-codes';
import { answerMessage } from './message-answer';
import { AnyAuthError, toAuthError, toProblem } from './problem';

/** Where a busy service does not know better. */
const DEFAULT_RETRY_AFTER_SECONDS = 1;

/**
 * Answers everything thrown with `application/problem+json` (RFC 9457): for our own controllers,
 * and for applications that want one shape everywhere.
 *
 * The text of an unknown error reaches the log under the request id and never the answer (HT-7).
 * Outside HTTP it answers our own errors in the way of the transport and passes every other one on. An
 * answer already under way is left alone.
 *
 * @example
 * app.useGlobalFilters(app.get(ProblemFilter));
 *
 * @publicApi
 */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('Problem');

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly requests: RequestReader,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): Observable<never> | void {
    if (host.getType() !== 'http') return answerMessage(thrown, host);
    const http = host.switchToHttp();
    const response = http.getResponse<ReadableHttpResponse | ServerResponse>();
    const { requestId } = this.requests.read(http.getRequest<HttpRequest>());
    const error = toAuthError(thrown);
    this.#log(error, requestId);
    if (this.adapterHost.httpAdapter.isHeadersSent(response)) return;
    this.#answer(error, requestId, response);
  }

  /** How a refusal is written, for filters of routes that answer in a shape of their own. */
  protected render(error: AuthError, requestId: string): RenderedError {
    return {
      contentType: 'application/problem+json; charset=utf-8',
      body: toProblem(error, requestId),
    };
  }

  #answer(
    error: AuthError,
    requestId: string,
    response: ReadableHttpResponse | ServerResponse,
  ): void {
    const { status } = ERROR_CODES[error.code];
    const rendered = this.render(error, requestId);
    const body = typeof rendered.body === 'string' ? rendered.body : JSON.stringify(rendered.body);
    const headers = { 'x-request-id': requestId, 'content-type': rendered.contentType };
    if ('header' in response) {
      writeHeaders(error, headers, response);
      this.adapterHost.httpAdapter.reply(response, body, status);
    } else {
      writeHeaders(error, headers, overNode(response));
      response.writeHead(status).end(body);
    }
  }

  /** What a client did wrong is the audit's to record; what we did wrong is for the operator. */
  #log(error: AuthError, requestId: string): void {
    const { status } = ERROR_CODES[error.code];
    if (status < 500 && error.cause === undefined) return;
    const { summary, stack } = reportCauses(error);
    const message = `${error.code} in request ${requestId}: ${summary}`;
    if (error.code === 'internal_error') this.#logger.error(message, stack);
    else if (status >= 500) this.#logger.warn(message);
    else this.#logger.debug(message);
  }
}

/**
 * Answers an `AuthError` like {@link ProblemFilter} and leaves every other error to the application.
 * Registered globally. It also knows errors of a second copy of the package.
 *
 * @publicApi
 */
@Catch(AnyAuthError)
@Injectable()
export class AuthErrorFilter extends ProblemFilter {}

/** The body of a refusal, JSON or a text that is ready, and what it is. */
export interface RenderedError {
  readonly contentType: string;
  readonly body: Readonly<Record<string, unknown>> | string;
}

function writeHeaders(
  error: AuthError,
  headers: Readonly<Record<string, string>>,
  response: ReadableHttpResponse,
): void {
  forbidStoring(response);
  for (const [name, value] of Object.entries(headers)) response.header(name, value);
  if (error.challenge !== undefined) response.header('www-authenticate', error.challenge);
  const retryAfter = retryAfterSeconds(error, response);
  if (retryAfter !== undefined) response.header('retry-after', String(retryAfter));
}

/** Middleware on Fastify runs before there is a reply, and throws with Node's own response. */
function overNode(response: ServerResponse): ReadableHttpResponse {
  return {
    header: (name, value) => response.setHeader(name, value),
    getHeader: (name) => response.getHeader(name),
    removeHeader: (name) => response.removeHeader(name),
  };
}

/** RFC 9110 §10.2.3, whole seconds; a throttler that set the header itself knows better. */
function retryAfterSeconds(error: AuthError, response: ReadableHttpResponse): number | undefined {
  const { status } = ERROR_CODES[error.code];
  if (status !== 429 && status !== 503) return undefined;
  if (error.retryAfterSeconds !== undefined) return Math.max(1, Math.ceil(error.retryAfterSeconds));
  return response.getHeader('retry-after') === undefined ? DEFAULT_RETRY_AFTER_SECONDS : undefined;
}
