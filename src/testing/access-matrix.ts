import { AssertionError } from 'node:assert';
import type { INestApplication } from '@nestjs/common';
import { startedApplication } from './application-part';
import { AccessMatrix } from './matrix-run';
import type { AccessMatrixOptions, AccessMatrixResult } from './matrix-options';

/**
 * Asks every route of a running application whether it is as open as it declares, and no more:
 *
 * - `anonymous`: without a credential, 401
 * - `lacking`: with every permission there is but one that is needed, or with all of them but without a
 *   role that is needed, 403
 * - `other_tenant`: with exactly what is needed, but in another tenant (without tenants: with nothing),
 *   403 or 404
 * - `step_up_stale`: authenticated too long ago, or in too few ways, 401 `step_up_required`
 * - `exact`: with exactly what is needed, neither 401 nor 403; where policies or four eyes are asked,
 *   whose resource does not exist, only not 401
 * - `public`: without a credential, neither 401 nor 403
 *
 * The requests are real, from accounts that {@link asPrincipal} makes, with random uuids as parameters
 * and `{}` as the body. **Requests that are allowed reach handlers and do what those do**: run it
 * against a database of tests, never one that matters. The application listens on a free port of the
 * loopback interface, if it does not listen. Limits of throttling must be out of the way.
 *
 * What is reached over other transports is listed as skipped; {@link accessConformance} covers those.
 *
 * @example
 * it('is as open as it declares', async () => {
 *   const { routes } = await expectAccessMatrix(app, {
 *     skip: [{ route: 'POST /webhooks/:provider', reason: 'checks a signature of its own' }],
 *   });
 *   expect(routes).toBeGreaterThan(20);
 * });
 *
 * @throws AssertionError listing every route that answered otherwise; Error where `NODE_ENV` is
 * `production`, for an application without `AuthModule`, for an option that names no route, and where requests are throttled
 *
 * @publicApi
 */
export async function expectAccessMatrix(
  app: INestApplication,
  options: AccessMatrixOptions = {},
): Promise<AccessMatrixResult> {
  await startedApplication(app, 'expectAccessMatrix');
  const { mismatches, ...result } = await new AccessMatrix(app, options).run();
  if (mismatches.length === 0) return result;
  throw new AssertionError({
    message: [
      `${mismatches.length} of ${result.requests} answers are not what the routes declare:`,
      ...mismatches.map(
        ({ route, name, says, expected, got }) =>
          `  ${route} · ${name}${says === undefined ? '' : ` (${says})`}: expected ${expected}, got ${got}`,
      ),
    ].join('\n'),
    operator: 'expectAccessMatrix',
    actual: mismatches.map(({ got }) => got),
    expected: mismatches.map(({ expected }) => expected),
  });
}
