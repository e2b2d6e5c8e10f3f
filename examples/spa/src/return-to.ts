import { safeReturnTo } from '@portcullis/client';
import { auth } from './auth';
import { navigate } from './router';

/** The first page after signing in, where no other was asked for. */
export const HOME = '/invoices';

/**
 * What was asked for is remembered in the address, and judged now and again when it is used. Who signs
 * out asked for nothing: the next person begins at the beginning.
 */
export function askToSignIn(returnTo: string): void {
  const state = auth.getState();
  const isLeaving = state.status === 'anonymous' && state.reason.startsWith('signed_out');
  const target = isLeaving ? undefined : safeReturnTo(returnTo);
  const query =
    target === undefined || target === '/' ? '' : `?returnTo=${encodeURIComponent(target)}`;
  navigate(`/sign-in${query}`, { replace: true });
}

/** Where to go after signing in. The address may have been written by anybody. */
export function afterSignIn(search: URLSearchParams): string {
  return safeReturnTo(search.get('returnTo')) ?? HOME;
}
