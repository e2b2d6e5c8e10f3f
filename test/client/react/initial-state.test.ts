/** @jest-environment jsdom */
import fc from 'fast-check';
import { readInitialState, type AuthState } from '@portcullis/client';
import { createServerAuth, scriptTag, type ServerSession } from '@portcullis/client/server';

/** Pieces that end something somewhere: an element, a comment, a string, a line of a script. */
const PIECES = [
  '</script>',
  '</SCRIPT\n>',
  '<script>alert(1)</script>',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<img src=x onerror=alert(1)>',
  '</title></textarea></style>',
  '&lt;',
  '&#60;',
  '\u2028',
  '\u2029',
  '\0',
  '\ufeff',
  '\ud800',
  '\\u003c',
  '"',
  "'",
  '`${1}`',
  '{{constructor}}',
  'é😀',
];
const text = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('__proto__', 'constructor', 'toString'),
);
const texts = fc.array(text, { maxLength: 3 });
const signedIn = fc.record({
  status: fc.constant('authenticated' as const),
  user: fc.record({
    id: text.map((id) => `u${id}`),
    email: text,
    emailVerified: fc.boolean(),
    displayName: fc.option(text),
  }),
  session: fc.record({
    id: text.map((id) => `s${id}`),
    createdAt: text,
    amr: texts,
    authTime: text,
    tenantId: fc.option(text),
  }),
  roles: texts,
  permissions: texts,
  authorityVersion: fc.nat(),
});

const parsed = (html: string) => new DOMParser().parseFromString(html, 'text/html');

/** A page as a server writes it: something before, the state, something after. */
const pageOf = (state: AuthState, nonce?: string) =>
  parsed(
    `<!doctype html><title>t</title><main>before</main>` +
      scriptTag(state, nonce === undefined ? {} : { nonce }) +
      `<footer>after</footer>`,
  );

describe('a page with the state of a session, read by a browser', () => {
  it('holds one element more, whatever people are called, and the state is what it was', () => {
    fc.assert(
      fc.property(signedIn, (state) => {
        const page = pageOf(state, 'bm9uY2U=');
        const names = [...page.body.querySelectorAll('*')].map(({ localName }) => localName);
        expect(names).toEqual(['main', 'script', 'footer']);
        expect(page.body.querySelector('script')!.getAttributeNames()).toEqual([
          'type',
          'id',
          'nonce',
        ]);
        expect(page.body.querySelector('footer')!.textContent).toBe('after');
        const read = readInitialState(page);
        expect(JSON.stringify(read)).toBe(JSON.stringify(state));
      }),
      { numRuns: 2000 },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('takes a nonce for a value of its attribute or not at all', () => {
    const attempts = fc.oneof(text, fc.string(), fc.base64String({ minLength: 1 }));
    fc.assert(
      fc.property(attempts, (nonce) => {
        let page;
        try {
          page = pageOf({ status: 'anonymous', reason: 'never' }, nonce);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          return;
        }
        const script = page.body.querySelector('script')!;
        expect(script.getAttribute('nonce')).toBe(nonce);
        expect(script.getAttributeNames()).toHaveLength(3);
        expect(page.body.querySelectorAll('*')).toHaveLength(3);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['abc\n', 'abc"', "a'b", 'a b', '', 'a>', '\u00e9'])('refuses the nonce %j', (nonce) => {
    expect(() => scriptTag({ status: 'anonymous', reason: 'never' }, { nonce })).toThrow(TypeError);
  });

  it('CK-2: holds nothing of an answer but what a state is made of', () => {
    const auth = createServerAuth({
      baseUrl: 'http://127.0.0.1:9/auth',
      fetch: () => Promise.reject(new Error('asked')),
    });
    const secrets = fc.dictionary(text, fc.constant('a-secret-of-the-server'));
    fc.assert(
      fc.property(signedIn, secrets, secrets, secrets, (state, ofUser, ofSession, beside) => {
        const session = {
          ...beside,
          ...state,
          user: { ...ofUser, ...state.user },
          session: { ...ofSession, ...state.session },
          expiresAt: '2026-01-01T00:00:00.000Z',
        } as unknown as ServerSession;
        const page = pageOf(auth.initialState(session));
        expect(page.documentElement.outerHTML).not.toContain('a-secret-of-the-server');
        expect(readInitialState(page)).toEqual(state);
      }),
      { numRuns: 500 },
    );
  });

  // Markup of others that a page shows may have an id, and never a script.
  it.each(['div', 'p', 'textarea', 'a', 'form', 'svg', 'template'])(
    'believes no <%s> that somebody put in front of it',
    (name) => {
      const planted = document.createElement(name);
      planted.id = 'portcullis-state';
      planted.textContent = JSON.stringify({
        status: 'authenticated',
        user: { id: 'mallory' },
        session: { id: 's' },
        roles: ['administrator'],
        permissions: ['*'],
      });
      const page = parsed(planted.outerHTML + scriptTag({ status: 'anonymous', reason: 'never' }));
      expect(readInitialState(page)?.status).not.toBe('authenticated');
      expect(readInitialState(parsed(planted.outerHTML))).toBeUndefined();
    },
  );
});
