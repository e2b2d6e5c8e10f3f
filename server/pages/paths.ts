/** Pages for browsers live below this segment, apart from the API. */
export const PAGES = 'pages';

export const LOGIN_PAGE = `/${PAGES}/login`;
export const HOME_PAGE = `/${PAGES}/invoices`;
export const FORGET_SHEET = `/${PAGES}/forget.css`;
export const STYLE_SHEET = `/${PAGES}/style.css`;
