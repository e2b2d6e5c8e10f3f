import { AuthError } from '../errors/auth-error';
import { readForm, type FormParameters } from './form-body';
import type { HttpRequest } from './http-request';

/** The name of the hidden field that carries an anti-forgery token. */
export const FORM_FIELD = 'form_token';

const FORM_TYPE = /^application\/x-www-form-urlencoded[ \t]*(?:;|$)/i;

const forms = new WeakMap<HttpRequest, Promise<FormParameters>>();
const readForms = new WeakMap<HttpRequest, FormParameters>();

/**
 * The form in the body of a request, read once: guard and handler ask, and a stream can only be read
 * the first time.
 *
 * @throws AuthError as {@link readForm}
 */
export function formOf(request: HttpRequest): Promise<FormParameters> {
  let form = forms.get(request);
  if (form === undefined) {
    form = readForm(request).then((parameters) => {
      readForms.set(request, parameters);
      return parameters;
    });
    forms.set(request, form);
  }
  return form;
}

/**
 * The fields of a form that was read already; undefined where none was, and so for everything that no page
 * of ours sent: where a cookie authenticates the origin is asked for first. For filters, which lead somebody
 * whose form was refused back to where it stood. The token in it may be wrong.
 *
 * @example
 * const returnTo = safeReturnTo(sentFormOf(request)?.get('returnTo'));
 *
 * @publicApi
 */
export function sentFormOf(request: HttpRequest): FormParameters | undefined {
  return readForms.get(request);
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
