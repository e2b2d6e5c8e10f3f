import { Catch, Injectable } from '@nestjs/common';
import type { AuthErrorCode } from '../errors/error-codes';
import { FormFilter } from './form.filter';

/**
 * Sends a browser whose login was refused back to the login page, with the code that a login by JSON would
 * have answered and where it was to lead.
 */
@Catch()
@Injectable()
export class FormLoginFilter extends FormFilter {
  protected readonly told: ReadonlySet<AuthErrorCode> = new Set<AuthErrorCode>([
    'csrf_failed',
    'invalid_credentials',
    'overloaded',
    'session_limit',
    'throttled',
    'validation_failed',
  ]);

  protected get page(): string {
    return this.pages.loginPage;
  }
}
