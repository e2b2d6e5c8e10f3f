import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { varyOnCookie } from './cookies';
import type { ReadableHttpResponse } from './http-request';

/**
 * Keeps the answers of our controllers out of every cache (control SS-11): `Cache-Control: no-store`,
 * and `Vary: Cookie`, since any of them may depend on one. The problem filters say the same on the
 * answers that guards refuse before an interceptor runs.
 */
@Injectable()
export class NoStoreInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() === 'http') {
      forbidStoring(context.switchToHttp().getResponse<ReadableHttpResponse>());
    }
    return next.handle();
  }
}

/** Writes the headers that keep an answer out of caches. */
export function forbidStoring(response: ReadableHttpResponse): void {
  response.header('cache-control', 'no-store');
  varyOnCookie(response);
}
