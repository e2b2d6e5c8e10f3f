import { Catch, Injectable } from '@nestjs/common';
import type { AuthErrorCode } from '../errors/error-codes';
import { FormFilter } from './form.filter';

/**
 * Sends a browser whose logout was refused to the home page, with the reason: the session goes on, which a
 * login page would hide. The form that stands there is good again.
 */
@Catch()
@Injectable()
export class FormLogoutFilter extends FormFilter {
  protected readonly told: ReadonlySet<AuthErrorCode> = new Set<AuthErrorCode>([
    'csrf_failed',
    'throttled',
  ]);

  protected get page(): string {
    return this.pages.homePage;
  }
}
