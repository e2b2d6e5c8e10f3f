import { Catch, Inject, Injectable, type ArgumentsHost } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AuthErrorCode } from '../errors/error-codes';
import { toAuthError } from '../errors/problem';
import { ProblemFilter } from '../errors/problem.filter';
import type { HttpRequest, ReadableHttpResponse } from '../requests/http-request';
import { forbidStoring } from '../requests/no-store.interceptor';
import { RequestReader } from '../requests/request-info';
import { safeReturnTo } from '../requests/return-to';
import { meantFormOf } from './form-login.guard';
import { FormPages } from './form-pages';

/** What the person in front of the form can do something about, if only by trying again. */
const TOLD: ReadonlySet<AuthErrorCode> = new Set<AuthErrorCode>([
  'invalid_credentials',
  'overloaded',
  'session_limit',
  'throttled',
  'validation_failed',
]);

/**
 * Sends a browser whose login was refused back to the login page, with the code that a login by JSON would
 * have answered and nothing else: neither address nor password belongs in a URL. What no page of ours sent
 * is answered as a problem, and so is what the person can do nothing about.
 */
@Catch()
@Injectable()
export class FormLoginFilter extends ProblemFilter {
  constructor(
    private readonly host: HttpAdapterHost,
    requests: RequestReader,
    @Inject(FormPages) private readonly pages: FormPages,
  ) {
    super(host, requests);
  }

  override catch(thrown: unknown, host: ArgumentsHost): ReturnType<ProblemFilter['catch']> {
    const { code } = toAuthError(thrown);
    const http = host.switchToHttp();
    const form = meantFormOf(http.getRequest<HttpRequest>());
    // A source that sends too much is stopped before its form is read, and is somebody at a form too.
    const isTold = form === undefined ? code === 'throttled' : TOLD.has(code);
    if (!isTold) return super.catch(thrown, host);
    const query = new URLSearchParams({ error: code });
    const returnTo = safeReturnTo(form?.get('returnTo'));
    if (returnTo !== undefined) query.set('returnTo', returnTo);
    const response = http.getResponse<ReadableHttpResponse>();
    forbidStoring(response);
    this.host.httpAdapter.redirect(response, 303, `${this.pages.loginPage}?${query.toString()}`);
  }
}
