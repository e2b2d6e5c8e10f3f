import { createAuthClient } from '@portcullis/client';

/** The API stands below this path of the same origin, so that its cookies are first-party. */
export const API = '/api';

/** The one client of this page. Its access token is in memory, and nowhere else. */
export const auth = createAuthClient({ baseUrl: `${API}/auth` });
