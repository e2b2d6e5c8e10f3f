import helmet, { type HelmetOptions } from 'helmet';

type Middleware = ReturnType<typeof helmet>;

const TWO_YEARS_SECONDS = 63_072_000;

const COMMON: HelmetOptions = {
  strictTransportSecurity: { maxAge: TWO_YEARS_SECONDS, includeSubDomains: true },
  referrerPolicy: { policy: 'no-referrer' },
  xFrameOptions: { action: 'deny' },
};

/** Headers of every answer (CK-11, CK-12): an API has nothing that a page may load or frame. */
export function apiHeaders(): Middleware {
  return helmet({
    ...COMMON,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': [`'none'`],
        'base-uri': [`'none'`],
        'form-action': [`'none'`],
        'frame-ancestors': [`'none'`],
      },
    },
  });
}

/** Headers of the documentation alone, whose page brings inline styles and icons along. */
export function documentationHeaders(): Middleware {
  return helmet({
    ...COMMON,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': [`'none'`],
        'base-uri': [`'none'`],
        'connect-src': [`'self'`],
        'form-action': [`'none'`],
        'frame-ancestors': [`'none'`],
        'img-src': [`'self'`, 'data:'],
        'script-src': [`'self'`],
        'style-src': [`'self'`, `'unsafe-inline'`],
      },
    },
  });
}
