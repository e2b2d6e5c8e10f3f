/** An answer that ends the work on a request, wherever it is noticed. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(code);
  }
}

/** A bearer token that does not help (RFC 6750 §3.1). */
export function invalidToken(): Refusal {
  const challenge = 'Bearer error="invalid_token"';
  return new Refusal(401, 'invalid_token', { 'www-authenticate': challenge });
}

/** The proof is older than the route allows (RFC 9470 §3). */
export function stepUpRequired(maxAgeSeconds: number): Refusal {
  const challenge = [
    'Bearer error="insufficient_user_authentication"',
    'error_description="A more recent authentication is required"',
    `max_age="${maxAgeSeconds}"`,
  ].join(', ');
  return new Refusal(401, 'step_up_required', { 'www-authenticate': challenge });
}

/** An answer with a body, or status 204. */
export function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  if (status === 204) return new Response(null, { status, headers });
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** A problem document (RFC 9457), as far as a client reads it. */
export function problem(
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return json(
    status,
    { status, ...body },
    { 'content-type': 'application/problem+json', ...headers },
  );
}
