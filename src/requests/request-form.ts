import { AuthError } from '../errors/auth-error';
import { readForm, type FormParameters } from './form-body';
import type { HttpRequest } from './http-request';

/** The name of the hidden field that carries an anti-forgery token. */
export const FORM_FIELD = 'form_token';

const FORM_TYPE = /^application\/x-www-form-urlencoded[ \t]*(?:;|$)/i;

const forms = new WeakMap<HttpRequest, Promise<FormParameters>>();

/**
 * The form in the body of a request, read once: guard and handler ask, and a stream can only be read
 * the first time.
 *
 * @throws AuthError as {@link readForm}
 */
export function formOf(request: HttpRequest): Promise<FormParameters> {
  let form = forms.get(request);
  if (form === undefined) {
    form = readForm(request);
    forms.set(request, form);
  }
  return form;
}

/**
 * For what takes the bodies of forms alone.
 *
 * @throws AuthError `unsupported_media_type`
 */
export function requireFormBody({ headers }: HttpRequest): void {
  if (FORM_TYPE.test(headers['content-type'] ?? '')) return;
  throw new AuthError('unsupported_media_type', {
    detail: 'The body must be application/x-www-form-urlencoded',
  });
}
