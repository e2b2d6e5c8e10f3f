import { sendRaw } from '../support/raw-http';
import { PASSWORD, startReferenceServer, type ReferenceServer } from './reference-server';

const SECRET = 'Xk3vQ9rTz1Lm7Wp5Yc2Nh8Bf4Sd6Jg0A';
const PREVIOUS = 'P7mZ2xW9qL4vB6nT1rY8uI3oA5sD0fGh';
const FORM = 'application/x-www-form-urlencoded';

/** Here the host reads no forms, and whoever reads them is the library. */
describe.each(['express', 'fastify'])(
  'the token endpoints of the reference server on %s',
  (adapter) => {
    let server: ReferenceServer;
    let accessToken: string;
    let refreshToken: string;

    beforeAll(async () => {
      server = await startReferenceServer({
        ADAPTER: adapter,
        RESOURCE_SERVERS: `orders:${SECRET},orders:${PREVIOUS}`,
      });
      await server.signIn('someone@example.org');
    });

    beforeEach(async () => {
      const response = await fetch(`${server.url}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          email: 'someone@example.org',
          password: PASSWORD,
          transport: 'body',
        }),
      });
      ({ access_token: accessToken, refresh_token: refreshToken } = (await response.json()) as {
        access_token: string;
        refresh_token: string;
      });
    });

    afterAll(() => server.stop());

    async function post(path: string, text: string, type = FORM, secret = SECRET) {
      const response = await fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: {
          'content-type': type,
          authorization: `Basic ${Buffer.from(`orders:${secret}`).toString('base64')}`,
        },
        body: text,
      });
      const body = await response.text();
      return { status: response.status, body: body === '' ? {} : (JSON.parse(body) as object) };
    }

    it.each([SECRET, PREVIOUS])(
      'introspect, by the current secret and the one before',
      async (secret) => {
        const { status, body } = await post(
          '/auth/introspect',
          `token=${accessToken}`,
          FORM,
          secret,
        );
        expect([status, body]).toEqual([200, expect.objectContaining({ active: true })]);
      },
    );

    it('revoke, for the holder of a token', async () => {
      const response = await fetch(`${server.url}/auth/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ token: refreshToken, client_id: 'web' }),
      });
      expect(response.status).toBe(200);
      const { body } = await post('/auth/introspect', `token=${accessToken}`);
      expect(body).toEqual({ active: false });
    });

    it.each([
      ['two tokens', 'token=a&token=b', 400, 'invalid_request'],
      ['bytes that are not urlencoded', 'token=é', 400, 'invalid_request'],
      ['nothing', '', 400, 'invalid_request'],
      ['a megabyte', `token=${'x'.repeat(50_000)}`, 413, 'invalid_request'],
    ])('refuse %s', async (_, text, status, error) => {
      expect(await post('/auth/introspect', text)).toEqual({
        status,
        body: expect.objectContaining({ error, status }) as object,
      });
    });

    it('refuse JSON, as every other route refuses forms (CK-7)', async () => {
      const json = await post('/auth/introspect', '{"token":"x"}', 'application/json');
      expect(json).toMatchObject({ status: 415, body: { error: 'invalid_request' } });
      for (const path of ['/auth/login', '/auth/refresh', '/auth/logout', '/auth/introspect/x']) {
        const form = await post(path, 'token=x');
        expect([path, form.status]).toEqual([path, 415]);
      }
    });

    it('refuse two Authorization headers, of which Node drops one in silence', async () => {
      const basic = `Basic ${Buffer.from(`orders:${SECRET}`).toString('base64')}`;
      const answer = await sendRaw(
        server.url,
        [
          'POST /auth/introspect HTTP/1.1',
          'Host: localhost',
          'Connection: close',
          `Content-Type: ${FORM}`,
          `Authorization: ${basic}`,
          'Authorization: Bearer x',
          'Content-Length: 7',
          '',
          'token=x',
        ].join('\r\n'),
      );
      expect(answer.status).toBe(400);
      expect(answer.text).toMatch(/"error":"invalid_request"/);
      expect(answer.text).toMatch(/^www-authenticate: Bearer error="invalid_request"\r$/im);
    });
  },
);
