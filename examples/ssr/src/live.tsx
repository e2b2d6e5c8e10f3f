import { useAuthClient } from '@portcullis/client/react';
import { useEffect } from 'react';
import { API } from './paths';

const INTERVAL_MS = 10_000;

/**
 * Looks now and then, and as nobody's activity, whether the session still is what the page shows. The
 * client hears from the answer that roles changed, or that it is over.
 */
export function Live() {
  const client = useAuthClient();
  useEffect(() => {
    const look = () => {
      if (document.visibilityState !== 'visible' || client.user === null) return;
      const headers = { 'x-auth-activity': 'background' };
      client.fetch(`${API}/auth/session`, { headers }).catch(() => undefined);
    };
    const timer = setInterval(look, INTERVAL_MS);
    return () => clearInterval(timer);
  }, [client]);
  return null;
}
