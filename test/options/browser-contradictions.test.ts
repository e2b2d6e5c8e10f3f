import {
  browserContradictions,
  type BrowserSettings,
} from '../../src/options/browser-contradictions';
import { siteOf } from '../../src/options/site-of';

const SOUND: BrowserSettings = {
  issuer: 'https://api.example.org',
  origins: ['https://api.example.org'],
  proxyHops: 1,
  cookies: { preset: 'host' },
  terminatesTls: false,
  isProduction: true,
  hasForms: false,
};

const LOCAL = { issuer: 'http://localhost:3000', origins: ['http://localhost:3000'], proxyHops: 0 };

function problems(settings: Partial<BrowserSettings>): string[] {
  return browserContradictions({ ...SOUND, ...settings }).map(({ problem }) => problem);
}

describe('settings that agree', () => {
  it.each<[string, Partial<BrowserSettings>]>([
    ['production behind one proxy', {}],
    ['production without a proxy, speaking TLS itself', { proxyHops: 0, terminatesTls: true }],
    ['an app on another host of the domain', { origins: ['https://app.example.org'] }],
    ['the domain itself', { origins: ['https://example.org', 'https://www.example.org'] }],
    ['another port, which is no part of the site', { origins: ['https://app.example.org:8443'] }],
    ['a country whose second level is shared', domains('api.a.co.uk', 'app.a.co.uk')],
    ['localhost on two ports', { ...LOCAL, origins: ['http://localhost:5173'] }],
    ['localhost in production, as a trial', LOCAL],
    ['one name below localhost', domains('app.localhost', 'app.localhost', 'http')],
    ['addresses of the loopback', domains('127.0.0.1', '127.0.0.1', 'http')],
    ['IPv6', domains('[::1]', '[::1]', 'http')],
    [
      'plain cookies of a plain server',
      { ...domains('dev.test', 'dev.test', 'http'), cookies: { preset: 'plain' } },
    ],
    ['no proxy in development', { proxyHops: 0, isProduction: false }],
    ['forms of pages of its own', { hasForms: true }],
  ])('%s: nothing is said', (_case, settings) => {
    expect(problems(settings)).toEqual([]);
  });
});

describe('settings that contradict each other', () => {
  it.each<[string, Partial<BrowserSettings>, RegExp]>([
    ['https and plain cookies', { cookies: { preset: 'plain' } }, /'plain' sends cookies without/],
    [
      'Secure cookies over plain http',
      domains('dev.test', 'dev.test', 'http'),
      /drop Secure cookies/,
    ],
    ['another domain', { origins: ['https://app.example.com'] }, /another site/],
    ['a neighbour on a shared host', domains('a.github.io', 'b.github.io'), /another site/],
    ['a neighbour in a country', domains('a.co.uk', 'b.co.uk'), /another site/],
    [
      'two names below localhost',
      domains('api.localhost', 'app.localhost', 'http'),
      /another site/,
    ],
    [
      'localhost and the loopback address',
      domains('localhost', '127.0.0.1', 'http'),
      /another site/,
    ],
    ['a page of the machine', { origins: ['http://localhost:5173'] }, /another site/],
    ['https page, http localhost', { ...LOCAL, origins: ['https://localhost'] }, /another site/],
    ['an http origin of the domain', { origins: ['http://app.example.org'] }, /on the network/],
    ['an http origin of another', { origins: ['http://app.example.com'] }, /on the network/],
    ['TLS that nobody ends', { proxyHops: 0 }, /proxyHops is 0/],
    [
      'forms of a host that is no origin',
      { hasForms: true, origins: ['https://app.example.org'] },
      /every form/,
    ],
  ])('%s: one warning', (_case, settings, expected) => {
    expect(problems(settings)).toEqual([expect.stringMatching(expected)]);
  });

  it('each contradiction is told once, with a remedy that names an option', () => {
    const found = browserContradictions({
      ...SOUND,
      cookies: { preset: 'plain' },
      origins: ['http://app.example.org', 'https://app.example.com'],
      proxyHops: 0,
    });
    expect(found).toHaveLength(4);
    for (const { remedy } of found) {
      expect(remedy).toMatch(/cookies\.preset|origins|one domain|proxyHops/);
    }
  });
});

describe('the site of a URL', () => {
  it.each([
    ['https://a.b.example.org:8443/x', 'https://example.org'],
    ['http://example.org.', 'http://example.org'],
    ['https://a.b.example.co.uk', 'https://example.co.uk'],
    ['https://x.a.vercel.app', 'https://a.vercel.app'],
    ['http://localhost:3000', 'http://localhost'],
    ['http://a.b.localhost', 'http://b.localhost'],
    ['http://192.0.2.1:80', 'http://192.0.2.1'],
    ['http://[2001:db8::1]', 'http://[2001:db8::1]'],
  ])('%s → %s', (url, site) => {
    expect(siteOf(new URL(url))).toBe(site);
  });
});

function domains(api: string, app: string, scheme = 'https'): Partial<BrowserSettings> {
  return {
    issuer: `${scheme}://${api}`,
    origins: [`${scheme}://${app}`],
    isProduction: scheme === 'https',
  };
}
