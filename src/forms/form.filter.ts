import { Inject, Injectable, type ArgumentsHost } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AuthErrorCode } from '../errors/error-codes';
import { toAuthError } from '../errors/problem';
import { ProblemFilter } from '../errors/problem.filter';
import type { HttpRequest, ReadableHttpResponse } from '../requests/http-request';
import { forbidStoring } from '../requests/no-store.interceptor';
import { RequestReader } from '../requests/request-info';
import { sentFormOf } from '../requests/request-form';
import { safeReturnTo } from '../requests/return-to';
import { FormPages } from './form-pages';

/**
 * Sends a browser whose form was refused back to a page, with a code and nothing else: neither address nor
 * password belongs in a URL. The route decides it and not `Accept`, since nothing but browsers has a reason
 * to send a form there. What no page of ours sent is answered as a problem, and so is what the person can do
 * nothing about.
 */
@Injectable()
export abstract class FormFilter extends ProblemFilter {
  /** What the person in front of the form can do something about, if only by trying again. */
  protected abstract readonly told: ReadonlySet<AuthErrorCode>;
  /** Where it is told. */
  protected abstract readonly page: string;

  constructor(
    private readonly host: HttpAdapterHost,
    requests: RequestReader,
    @Inject(FormPages) protected readonly pages: FormPages,
  ) {
    super(host, requests);
  }

  override catch(thrown: unknown, host: ArgumentsHost): ReturnType<ProblemFilter['catch']> {
    const { code } = toAuthError(thrown);
    const http = host.switchToHttp();
    const form = sentFormOf(http.getRequest<HttpRequest>());
    // A source that sends too much is stopped before its form is read, and is somebody at a form too.
    const isTold = form === undefined ? code === 'throttled' : this.told.has(code);
    if (!isTold) return super.catch(thrown, host);
    const query = new URLSearchParams({ error: code });
    const returnTo = safeReturnTo(form?.get('returnTo'));
    if (returnTo !== undefined) query.set('returnTo', returnTo);
    const response = http.getResponse<ReadableHttpResponse>();
    forbidStoring(response);
    this.host.httpAdapter.redirect(response, 303, `${this.page}?${query.toString()}`);
  }
}
