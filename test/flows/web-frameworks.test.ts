import { sendRaw, type RawAnswer } from '../support/raw-http';
import { startReferenceServer, type ReferenceServer } from './reference-server';

const ADAPTERS = ['express', 'fastify'] as const;

const servers: ReferenceServer[] = [];

beforeAll(async () => {
  for (const adapter of ADAPTERS) servers.push(await startReferenceServer({ ADAPTER: adapter }));
});

afterAll(async () => {
  for (const server of servers) await server.stop();
});

/** What both servers answer to the same bytes; `Host` and the end of the connection are added. */
function ask(request: string, headers: readonly string[] = [], body = ''): Promise<RawAnswer[]> {
  const lines = [
    `${request} HTTP/1.1`,
    'Host: api.example.org',
    'Connection: close',
    ...headers,
    '',
    body,
  ];
  return Promise.all(servers.map(({ url }) => sendRaw(url, lines.join('\r\n'))));
}

const JSON_TYPE = 'Content-Type: application/json';
const NO_BODY = ['Content-Length: 0'];
const withBody = (headers: readonly string[], body: string) =>
  [[...headers, `Content-Length: ${Buffer.byteLength(body, 'latin1')}`], body] as const;

/** Whatever answers has the headers of every answer, and refuses with a problem. */
function expectComplete({ status, text }: RawAnswer): void {
  const [head = ''] = text.split('\r\n\r\n');
  expect(head).toMatch(/^content-security-policy: default-src 'none'/im);
  expect(head).toMatch(/^strict-transport-security: max-age=63072000; includeSubDomains$/im);
  expect(head).toMatch(/^x-content-type-options: nosniff$/im);
  expect(head).toMatch(/^referrer-policy: no-referrer$/im);
  expect(head).toMatch(/^cache-control: no-store/im);
  expect(head).not.toMatch(/^(x-powered-by|server|etag):/im);
  if (status >= 400) {
    expect(head).toMatch(/^content-type: application\/problem\+json; charset=utf-8$/im);
    expect(head).toMatch(/^x-request-id: [\da-f-]{36}$/im);
  }
}

describe('on Express and on Fastify', () => {
  it.each([
    ['GET /health/live', 200],
    ['HEAD /health/live', 200],
    ['OPTIONS /health/live', 204],
    ['OPTIONS *', 204],
    ['GET http://elsewhere.example/health/live', 200],
    ['GET /health/live?a[b]=1&a=%ff', 200],
    ['GET /invoices', 401],
    [`POST /invoices/${'a'.repeat(5000)}/approve`, 401],
    ['POST /invoices/%/approve', 400],
    ['POST /invoices/%ff/approve', 400],
    ['GET health/live', 400],
    ['get /health/live', 400],
    ['GET //invoices', 404],
    ['GET /invoices%2f', 404],
    ['GET /invoices;x=1', 404],
    ['GET /./invoices', 404],
    ['GET /x/../invoices', 404],
    ['GET /health\\live', 404],
    ['GET /%00', 404],
    ['POST /health/live', 404],
    ['TRACE /health/live', 404],
    ['PROPFIND /health/live', 404],
    ['GET /docs/..%2fpackage.json', 404],
  ] as const)('AZ-2, CK-11, CK-13: %s is answered with %i', async (request, status) => {
    for (const answer of await ask(request, NO_BODY)) {
      expect(answer.status).toBe(status);
      if (!request.startsWith('GET /docs')) expectComplete(answer);
    }
  });

  it.each([
    ['a compressed one', 415, ...withBody([JSON_TYPE, 'Content-Encoding: gzip'], '{}')],
    [
      'one that is plainly coded',
      400,
      ...withBody([JSON_TYPE, 'Content-Encoding: identity'], '{}'),
    ],
    ['a scalar', 400, ...withBody([JSON_TYPE], '"a"')],
    ['a byte order mark', 400, ...withBody([JSON_TYPE], '\u00ef\u00bb\u00bf{}')],
    ['bytes that are not UTF-8', 400, ...withBody([JSON_TYPE], '{"email":"\u00ff"}')],
    ['a repeated member', 400, ...withBody([JSON_TYPE], '{"email":"a","\\u0065mail":"b"}')],
    ['a prototype', 400, ...withBody([JSON_TYPE], '{"__proto__":{"email":"a"}}')],
    ['no byte', 400, [JSON_TYPE, 'Content-Length: 0'], ''],
    ['no byte of another type', 415, ['Content-Type: application/xml', 'Content-Length: 0'], ''],
    ['another character set', 415, ...withBody([`${JSON_TYPE}; charset=utf-7`], '{}')],
    ['a type that begins alike', 415, ...withBody(['Content-Type: application/jsonx'], '{}')],
    ['a structured type', 415, ...withBody(['Content-Type: application/a+json'], '{}')],
    ['a form', 415, ...withBody(['Content-Type: application/x-www-form-urlencoded'], 'a=b')],
    [
      'chunks beyond the limit',
      413,
      [JSON_TYPE, 'Transfer-Encoding: chunked'],
      `20000\r\n${' '.repeat(0x20000)}\r\n0\r\n\r\n`,
    ],
    ['chunks that are none', 400, [JSON_TYPE, 'Transfer-Encoding: chunked'], 'zz\r\n'],
    [
      'two lengths',
      400,
      [JSON_TYPE, 'Transfer-Encoding: chunked', 'Content-Length: 1'],
      '0\r\n\r\n',
    ],
  ] as const)(
    'HT-1, HT-5: a body of %s is answered with %i',
    async (_what, status, headers, body) => {
      for (const answer of await ask('POST /auth/login', headers, body)) {
        expect(answer.status).toBe(status);
        expectComplete(answer);
      }
    },
  );

  it.each([
    ['GET /invoices/', 401, 404],
    ['GET /INVOICES', 401, 404],
    ['GET /health/live/', 200, 404],
    ['GET /HEALTH/live', 200, 404],
    ['GET /%69nvoices', 404, 401],
    ['GET /%', 404, 400],
    ['GET /%ff', 404, 400],
  ] as const)(
    'AZ-2: %s is %i to the one and %i to the other, and opens nothing',
    async (request, onExpress, onFastify) => {
      const answers = await ask(request);
      expect(answers.map(({ status }) => status)).toEqual([onExpress, onFastify]);
      answers.forEach(expectComplete);
    },
  );

  it('HT-1: a body of a GET is refused by the one and left unread by the other', async () => {
    const answers = await ask('GET /health/live', ...withBody([JSON_TYPE], '{'));
    expect(answers.map(({ status }) => status)).toEqual([400, 200]);
    answers.forEach(expectComplete);
  });

  it('HT-8: a URL that no router can read is repeated nowhere', async () => {
    for (const { text } of await ask('GET /%ff-secret')) expect(text).not.toContain('secret');
  });
});
