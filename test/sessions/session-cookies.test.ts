import type { HttpRequest } from '../../src/requests/http-request';
import type { CookieSession } from '../../src/sessions/identified-session';
import { SessionCookies } from '../../src/sessions/session-cookies';
import { testOptions } from '../support/auth-options';
import { FakeClock } from '../support/fake-clock';

const PRESETS = ['host', 'plain'] as const;
const SAME_SITES = ['Strict', 'Lax'] as const;
const TRANSPORTS = ['cookie', 'session'] as const;
const MATRIX = PRESETS.flatMap((preset) =>
  SAME_SITES.flatMap((sessionSameSite) =>
    TRANSPORTS.map((transport) => ({ preset, sessionSameSite, transport })),
  ),
);

interface Parsed {
  readonly name: string;
  readonly value: string;
  readonly attributes: readonly string[];
}

function parse(line: string): Parsed {
  const [pair = '', ...attributes] = line.split('; ');
  const at = pair.indexOf('=');
  return { name: pair.slice(0, at), value: pair.slice(at + 1), attributes };
}

describe.each(MATRIX)('cookies under $preset, $sessionSameSite, of $transport', (row) => {
  const { preset, sessionSameSite, transport } = row;
  const clock = new FakeClock();
  const cookies = new SessionCookies(clock, testOptions({ cookies: { preset, sessionSameSite } }));
  const prefix = preset === 'host' ? '__Host-' : '';
  const [refresh, session, hint, device] = ['refresh', 'session', 'hint', 'device'].map(
    (name) => `${prefix}portcullis-${name}`,
  ) as [string, string, string, string];

  /** The longest of everything that a session can put into a cookie. */
  const longest: CookieSession = {
    id: 'ffffffff-ffff-7fff-bfff-ffffffffffff',
    transport,
    counter: 2 ** 31 - 1,
    expiresAt: new Date(clock.now() + 1_000_000),
    endsAt: new Date(clock.now() + 9_000_000),
  };
  const held = {
    session: longest,
    authorityVersion: Number.MAX_SAFE_INTEGER,
    secret: 'S'.repeat(200),
  };
  const all = () =>
    [...cookies.begin(held, 'D'.repeat(300)), ...cookies.issue(held), ...cookies.clear()].map(
      parse,
    );

  it('CK-1, CK-3: have prefix, path, Secure and SameSite as documented, and no domain', () => {
    for (const { name, attributes } of all()) {
      expect([refresh, session, hint, device]).toContain(name);
      expect(attributes).toContain('Path=/');
      expect([name, attributes.includes('Secure')]).toEqual([name, preset === 'host']);
      const sameSite = attributes.filter((attribute) => attribute.startsWith('SameSite='));
      expect([name, sameSite]).toEqual([
        name,
        [`SameSite=${name === session ? sessionSameSite : 'Strict'}`],
      ]);
      expect(attributes.join()).not.toMatch(/domain/i);
    }
  });

  it('CK-2: are kept from scripts, but for the hint, which holds no secret', () => {
    for (const { name, value, attributes } of all()) {
      expect([name, attributes.includes('HttpOnly')]).toEqual([name, name !== hint]);
      if (name === hint) expect(value).toMatch(/^$|^[\w-]{16}\.\d+\.\d+$/);
    }
  });

  it('CK-4: are kept by every browser, however long what they hold', () => {
    for (const { name, value } of all())
      expect(name.length + value.length).toBeLessThanOrEqual(4096);
    expect(() => cookies.issue({ ...held, secret: 'S'.repeat(4096) })).toThrow(RangeError);
  });

  it('SS-9: begin with the credential of one transport, and clear that of the other', () => {
    const given = cookies.begin(held, 'device').map(parse);
    const [own, other] = transport === 'session' ? [session, refresh] : [refresh, session];
    expect(given.find(({ name }) => name === own)?.value).toBe(held.secret);
    const cleared = given.find(({ name }) => name === other);
    expect(cleared).toMatchObject({ value: '' });
    expect(cleared?.attributes).toContain('Max-Age=0');
  });

  it('CK-15: are cleared with the attributes that they were set with', () => {
    const kind = ({ name, attributes }: Parsed) => [
      name,
      ...attributes.filter((attribute) => !/^(?:Max-Age|Expires)=/.test(attribute)),
    ];
    const set = new Map(
      cookies
        .issue(held)
        .map(parse)
        .map((one) => [one.name, kind(one)]),
    );
    const cleared = cookies.clear().map(parse);
    expect(cleared.map(({ name }) => name).sort()).toEqual([hint, refresh, session].sort());
    for (const one of cleared) {
      expect(one).toMatchObject({ value: '' });
      expect(one.attributes).toContain('Max-Age=0');
      if (set.has(one.name)) expect(kind(one)).toEqual(set.get(one.name));
    }
  });

  it('last as long as what they stand for', () => {
    const seconds = transport === 'session' ? 9000 : 1000;
    for (const { attributes } of cookies.issue(held).map(parse)) {
      expect(attributes).toContain(`Max-Age=${seconds}`);
    }
  });

  it('CK-5: of the other preset are not read', () => {
    const foreign = preset === 'host' ? '' : '__Host-';
    const requestOf = (cookie: string) =>
      ({ method: 'GET', url: '/', headers: { cookie } }) as HttpRequest;
    const planted = requestOf(`${foreign}portcullis-session=x; ${foreign}portcullis-refresh=x`);
    expect(cookies.secretId(planted)).toBeUndefined();
    expect(cookies.refreshToken(planted)).toBeUndefined();
    expect(cookies.secretId(requestOf(`${session}=own`))).toBe('own');
    expect(cookies.refreshToken(requestOf(`${refresh}=own`))).toBe('own');
  });
});
