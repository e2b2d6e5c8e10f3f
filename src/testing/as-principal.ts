import type { INestApplicationContext } from '@nestjs/common';
import { startedApplication } from './application-part';
import { PrincipalFactory } from './principal-factory';
import type { PrincipalWishes, TestPrincipal } from './test-principal';

/**
 * Somebody who may do exactly what a test says, in the application that the test runs.
 *
 * Nothing is mocked and no guard overridden: it is a new account with real assignments, a real session
 * and an access token that the application's own services issued, so that what a test proves holds in
 * production. The account has no password. Accounts are never shared between calls; the roles that
 * carry `permissions` are. It writes to the database of the application: give tests one of their own.
 *
 * Guards can be overridden all the same, because they are exported and registered by `useExisting`:
 * `overrideProvider(JwtAuthGuard)` and `overrideProvider(RolesGuard)`. A test that does proves nothing
 * about access.
 *
 * @example
 * const clerk = await asPrincipal(app, { permissions: ['invoices:create'], tenant: 'acme' });
 * await clerk.as(request(app.getHttpServer()).post('/invoices')).send(invoice).expect(201);
 *
 * const fresh = await asPrincipal(app, { roles: ['approver'], amr: ['pwd', 'otp'] });
 * const stale = await asPrincipal(app, { roles: ['approver'], authTime: new Date(0) });
 *
 * @throws Error where `NODE_ENV` is `production`, for an application without `AuthModule`, and for unknown permissions and roles, naming
 * those there are; AuthError `separation_of_duty` for roles that nobody holds together,
 * `validation_failed` for a tenant that can have no such key
 *
 * @publicApi
 */
export async function asPrincipal(
  app: INestApplicationContext,
  wishes: PrincipalWishes = {},
): Promise<TestPrincipal> {
  const { permissions, roles, tenant, amr, authTime } = wishes;
  await startedApplication(app, 'asPrincipal');
  const factory = new PrincipalFactory(app, 'asPrincipal');
  return factory.create({ permissions, roles, tenant, amr, authTime });
}
