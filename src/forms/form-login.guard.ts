import { Inject, Injectable } from '@nestjs/common';
import { LocalAuthGuard } from '../authentication/local-auth.guard';
import { LocalStrategy } from '../authentication/local.strategy';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { HttpRequest } from '../requests/http-request';
import { refuseForeignOrigin } from '../requests/request-forgery';
import { FORM_FIELD, formOf, requireFormBody } from '../requests/request-form';
import { validateForm } from '../requests/strict-form.decorator';
import { FormTokens } from '../sessions/form-tokens';
import { SessionCookies } from '../sessions/session-cookies';
import { FormLoginDto } from './form-login.dto';

/**
 * Checks the credentials of a login by a form, by the same strategy and the same counts as one by JSON.
 *
 * The token is asked for before any field is judged: whoever cannot prove that the page was ours learns
 * nothing, and signs nobody in as somebody else (LG-14).
 */
@Injectable()
export class FormLoginGuard extends LocalAuthGuard {
  constructor(
    strategy: LocalStrategy,
    cookies: SessionCookies,
    @Inject(ResolvedAuthOptions) private readonly resolved: ResolvedAuthOptions,
    private readonly tokens: FormTokens,
  ) {
    super(strategy, cookies, resolved);
  }

  /** @throws AuthError `origin_refused`, `unsupported_media_type`, `csrf_failed`, `validation_failed` */
  protected override async assertMeant(request: HttpRequest): Promise<void> {
    refuseForeignOrigin(request, this.resolved.origins);
    requireFormBody(request);
    const form = await formOf(request);
    this.tokens.assertOfPreSession(form.get(FORM_FIELD), request);
    const { email, password } = await validateForm(FormLoginDto, form);
    // Where Passport looks for them.
    (request as { body: unknown }).body = { email, password };
  }
}
