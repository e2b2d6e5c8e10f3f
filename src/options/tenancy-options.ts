import type { OptionReader } from './option-reader';

/** Where requests say in which tenant they act. @publicApi */
export interface TenancyOptions {
  /**
   * `claim`: the tenant that the session is bound to. `header`: a request header. `subdomain`: the
   * label before `domain` in the `Host` header. `path`: a parameter of the route.
   *
   * A request names a tenant by its id or key; what it names is checked against the assignments of
   * the account, and a session that is bound to a tenant acts in no other. @default 'claim'
   */
  readonly source?: 'claim' | 'header' | 'subdomain' | 'path';
  /** Name of the header, for the source `header`. @default 'x-tenant-id' */
  readonly header?: string;
  /** The domain above the tenants, for the source `subdomain`. Example: `app.example.org`. */
  readonly domain?: string;
  /** Name of the route parameter, for the source `path`. @default 'tenantId' */
  readonly parameter?: string;
  /**
   * Whether a guarded route of the application answers `tenant_required` when neither the request nor
   * the session names a tenant. Otherwise only what is assigned everywhere counts there. @default false
   */
  readonly required?: boolean;
}

const SOURCES = ['claim', 'header', 'subdomain', 'path'] as const;
const HEADER = /^[a-z][a-z0-9-]{0,63}$/;
const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?$/;

/** Headers that mean something else; a tenant read from them would be whatever a client or proxy wants. */
const TAKEN_HEADERS = ['authorization', 'cookie', 'host', 'origin', 'x-forwarded-for'];

export type ResolvedTenancyOptions = Required<Omit<TenancyOptions, 'domain'>> &
  Pick<TenancyOptions, 'domain'>;

export function readTenancyOptions(
  reader: OptionReader,
  given: TenancyOptions | undefined,
): ResolvedTenancyOptions {
  const section = reader.section('tenancy', given, [
    'source',
    'header',
    'domain',
    'parameter',
    'required',
  ]);
  const source = reader.oneOf('tenancy.source', section.source, SOURCES, 'claim');
  const header = reader.text('tenancy.header', section.header, {
    fallback: 'x-tenant-id',
    reason: 'it is the name of a request header',
  });
  if (!HEADER.test(header.toLowerCase()) || TAKEN_HEADERS.includes(header.toLowerCase())) {
    reader.refuse({
      option: 'tenancy.header',
      value: JSON.stringify(header),
      bound: `a header of letters, digits and -, other than ${TAKEN_HEADERS.join(', ')}`,
      reason: 'a header with another meaning cannot name a tenant',
    });
  }
  const { domain } = section;
  if (source === 'subdomain' && (typeof domain !== 'string' || !DOMAIN.test(domain))) {
    reader.refuse({
      option: 'tenancy.domain',
      value: JSON.stringify(domain),
      bound: 'the domain above the tenants in lower case, for example app.example.org',
      reason: 'the label before it is the key of the tenant',
    });
  }
  return {
    source,
    header: header.toLowerCase(),
    domain,
    parameter: reader.text('tenancy.parameter', section.parameter, {
      fallback: 'tenantId',
      reason: 'it is the name of a route parameter',
    }),
    required: reader.boolean('tenancy.required', section.required, false),
  };
}
