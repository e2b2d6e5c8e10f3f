import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { varyOnCookie } from './cookies';
import type { HttpRequest, ReadableHttpResponse } from './http-request';
import { RequestReader } from './request-info';

/**
 * Keeps the answers of our controllers out of every cache (control SS-11): `Cache-Control: no-store`,
 * and `Vary: Cookie`, since any of them may depend on one. The problem filters say the same on the
 * answers that guards refuse before an interceptor runs. Like them it names the request in `x-request-id`.
 */
@Injectable()
export class NoStoreInterceptor implements NestInterceptor {
  constructor(private readonly requests: RequestReader) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() === 'http') {
      const http = context.switchToHttp();
      const response = http.getResponse<ReadableHttpResponse>();
      forbidStoring(response);
      response.header('x-request-id', this.requests.read(http.getRequest<HttpRequest>()).requestId);
    }
    return next.handle();
  }
}

/** Writes the headers that keep an answer out of caches. */
export function forbidStoring(response: ReadableHttpResponse): void {
  response.header('cache-control', 'no-store');
  varyOnCookie(response);
}
