import type { StepUpRequirement } from '../route-access/route-access';

/**
 * What `WWW-Authenticate` says where a step-up is missing (RFC 9470 §3). The standard has no word for
 * methods of authentication, so they stand in the description.
 */
export function stepUpChallenge({ maxAgeSeconds, amr }: StepUpRequirement): string {
  const methods = amr === undefined ? '' : ` with ${amr.join(' and ')}`;
  const recent = maxAgeSeconds === undefined ? 'An' : 'A more recent';
  return [
    'Bearer error="insufficient_user_authentication"',
    `error_description="${recent} authentication${methods} is required"`,
    ...(maxAgeSeconds === undefined ? [] : [`max_age="${maxAgeSeconds}"`]),
  ].join(', ');
}
