import type request from 'supertest';
import { startAuthApp, type AuthApp, type AuthAppSettings } from '../support/auth-app';
import { ORIGIN } from '../support/auth-app';

/** A resource server of the tests. Its previous secret needs encoding in HTTP Basic; the current does not. */
export const ORDERS = {
  clientId: 'orders',
  secret: 'Xk3vQ9rTz1Lm7Wp5Yc2Nh8Bf4Sd6Jg0A',
  previous: 'p+v/ 9%:&=ü 3Zq7Rw1Tn5Lc8Hd2Mf6Kb4',
} as const;

/** Another one, which is known by another audience. */
export const BILLING = {
  clientId: 'https://billing.example.org/api',
  secret: 'B7nT2mQ8wE4rY6uI1oP3aS5dF9gH0jKl',
  audience: 'https://billing.example.org',
} as const;

/** One that may see what accounts may do. */
export const REPORTS = {
  clientId: 'reports',
  secret: 'R4tY8uI2oP6aS0dF5gH9jK3lZ7xC1vBn',
} as const;

export const RESOURCE_SERVERS = [
  { clientId: ORDERS.clientId, secrets: [ORDERS.secret, ORDERS.previous] },
  { clientId: BILLING.clientId, secrets: [BILLING.secret], audience: BILLING.audience },
  { clientId: REPORTS.clientId, secrets: [REPORTS.secret], permissions: true },
];

export function startTokenApp(settings: AuthAppSettings = {}): Promise<AuthApp> {
  return startAuthApp({
    ...settings,
    options: { issuer: ORIGIN, resourceServers: RESOURCE_SERVERS, ...settings.options },
  });
}

/** `application/x-www-form-urlencoded`, as browsers and OAuth clients write it. */
export function encoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** HTTP Basic as RFC 6749 §2.3.1 wants it. */
export function basic(clientId: string, secret: string): string {
  return rawBasic(`${encoded(clientId)}:${encoded(secret)}`);
}

export function rawBasic(text: string | Buffer): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

export const AS_ORDERS = { Authorization: basic(ORDERS.clientId, ORDERS.secret) };

/** A form, from its parameters or as it stands. */
export function postForm(
  app: AuthApp,
  path: string,
  form: Record<string, string> | string,
  headers: Record<string, string> = {},
): request.Test {
  const text = typeof form === 'string' ? form : new URLSearchParams(form).toString();
  return app
    .post(path)
    .set({ 'Content-Type': 'application/x-www-form-urlencoded', ...headers })
    .send(text);
}
