import { ERROR_CODES } from '@portcullis/nest';

/** Why a request is refused before there is a route, and so before there is a filter. */
export interface EarlyRefusal {
  readonly status: number;
  readonly code: string;
  readonly title: string;
}

/** The media type of every refusal (RFC 9457 §3). */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** What is no request, or no URL. */
export const MALFORMED: EarlyRefusal = {
  code: 'validation_failed',
  ...ERROR_CODES.validation_failed,
};

/** The body of the answer. Nothing of the request is in it (HT-8). */
export function problemText({ status, code, title }: EarlyRefusal, requestId: string): string {
  return JSON.stringify({ type: `urn:portcullis:error:${code}`, title, status, code, requestId });
}
