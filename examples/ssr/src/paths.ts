/** The API stands below this path of the same origin, so that its cookies are first-party. */
export const API = '/api';

export const LOGIN = '/login';
export const HOME = '/invoices';

/** The id of the element with what the page was made of. */
export const PAGE_ELEMENT_ID = 'ledger-page';

/** An empty sheet whose answer clears the cache; Chromium shows a page again otherwise that a login led to. */
export const FORGETTING_SHEET = '/forget.css';
