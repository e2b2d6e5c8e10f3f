import { readInitialState, type AuthState } from '@portcullis/client';
import { scriptTag } from '@portcullis/client/server';

const state = (displayName: string): AuthState => ({
  status: 'authenticated',
  user: { id: 'u', email: 'ada@example.test', emailVerified: true, displayName },
  session: {
    id: 's',
    createdAt: '2026-01-01T00:00:00.000Z',
    amr: ['pwd'],
    authTime: '2026-01-01T00:00:00.000Z',
    tenantId: null,
  },
  roles: ['clerk'],
  permissions: ['invoices:read'],
  authorityVersion: 3,
});

/** A document with one element of that text. */
const pageOf = (text: string | null) => ({
  querySelector: () => ({ textContent: text }),
});

const textOf = (element: string) =>
  /^<script [^<>]*>([^<>]*)<\/script>$/.exec(element)?.[1] ?? null;

describe('the state in a rendered page', () => {
  it.each([
    '</script><script>alert(1)</script>',
    '<!--<script>',
    ']]>&amp;',
    'line\u2028and\u2029paragraph',
    '"quoted\\"',
  ])('cannot end its element and comes back as it was: %j', (name) => {
    const element = scriptTag(state(name), { nonce: 'abc+/=' });

    expect(element.match(/</g)).toHaveLength(2);
    expect(element).not.toMatch(/[\u2028\u2029]/);
    expect(readInitialState(pageOf(textOf(element)))).toEqual(state(name));
  });

  it('refuses a nonce that could end the attribute', () => {
    expect(() => scriptTag(state('Ada'), { nonce: '" onload="alert(1)' })).toThrow(TypeError);
  });

  it.each([null, '', '{', 'null', '[]', '"x"', '{"status":"authenticated"}', '{"status":"stale"}'])(
    'is none where the page says %j',
    (text) => {
      expect(readInitialState(pageOf(text))).toBeUndefined();
    },
  );

  it('takes nothing of a page but what a state has', () => {
    const text = JSON.stringify({ ...state('Ada'), token: 'x' }).replace(
      '{',
      '{"__proto__":{"polluted":true},"constructor":1,',
    );

    const read = readInitialState(pageOf(text));

    expect(read).toEqual(state('Ada'));
    expect(read).not.toHaveProperty('polluted');
    expect({}).not.toHaveProperty('polluted');
  });
});
