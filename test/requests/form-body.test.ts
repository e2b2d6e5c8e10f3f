import { createServer, request as send, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isAuthError } from '../../src/errors/auth-error';
import {
  decodeFormText,
  MAX_FORM_BYTES,
  MAX_FORM_PARAMETERS,
  parseForm,
  readForm,
} from '../../src/requests/form-body';
import type { HttpRequest } from '../../src/requests/http-request';

const FORM = 'application/x-www-form-urlencoded';

function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (!isAuthError(error)) throw error;
    return error.code;
  }
}

describe('urlencoded text', () => {
  it.each([
    ['token=a', { token: 'a' }],
    ['token=a%20b+c&x=%C3%A9', { token: 'a b c', x: 'é' }],
    ['a=b=c', { a: 'b=c' }],
    ['&&a=1&&', { a: '1' }],
    ['a=%00', { a: '\0' }],
    ['token=&a=1', { a: '1' }],
    ['token&a=1', { a: '1' }],
    ['__proto__=1&constructor=2', JSON.parse('{"__proto__":"1","constructor":"2"}')],
    ['', {}],
  ])('%j is read', (text, expected) => {
    expect([...parseForm(text)]).toEqual(Object.entries(expected as object));
  });

  it.each([
    'a=1&a=2',
    'a=&a=',
    'a=1&%61=2',
    'a=%',
    'a=%4',
    'a=%zz',
    'a=%C3%28',
    'a=%ED%A0%80',
    'a=\0',
    'a= ',
    'a=é',
    'a=1\r\n',
    Array.from({ length: MAX_FORM_PARAMETERS + 1 }, (_, index) => `p${index}=1`).join('&'),
  ])('%j is refused', (text) => {
    expect(outcomeOf(() => parseForm(text))).toBe('validation_failed');
  });

  it('is bounded before it is taken apart', () => {
    expect(outcomeOf(() => parseForm('&'.repeat(MAX_FORM_BYTES + 1)))).toBe('payload_too_large');
    expect(parseForm('&'.repeat(MAX_FORM_BYTES)).size).toBe(0);
  });

  it('decodes one text, or says that it is none', () => {
    expect([decodeFormText('a+b%2B'), decodeFormText('%'), decodeFormText('%FF')]).toEqual([
      'a b+',
      undefined,
      undefined,
    ]);
  });
});

describe('a body that a host has parsed', () => {
  const parsed = (body: unknown) =>
    readForm({ method: 'POST', url: '/', headers: { 'content-type': FORM }, body });

  it.each([
    [{ token: 'a', b: '' }, [['token', 'a']]],
    [Object.assign(Object.create(null) as object, { token: 'a' }), [['token', 'a']]],
    ['token=a', [['token', 'a']]],
    [Buffer.from('token=a'), [['token', 'a']]],
    [{}, []],
    [null, []],
  ])('%j is taken as it stands', async (body, expected) => {
    expect([...(await parsed(body))]).toEqual(expected);
  });

  it.each([
    [{ token: ['a', 'b'] }],
    [{ token: { a: 'b' } }],
    [{ token: 1 }],
    [{ token: null }],
    ['token=a&token=b'],
    [Buffer.from([0x74, 0x3d, 0xff])],
  ])('%j is refused', async (body) => {
    await expect(parsed(body)).rejects.toMatchObject({ code: 'validation_failed' });
  });
});

describe('a body that nobody has read', () => {
  let server: Server;

  beforeAll(async () => {
    server = createServer((request, answer) => {
      readForm(request as unknown as HttpRequest).then(
        (form) => answer.end(JSON.stringify([...form])),
        (error: unknown) =>
          answer.writeHead(400).end(isAuthError(error) ? error.code : String(error)),
      );
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });

  afterAll(
    () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(closed);
      }),
  );

  function post(chunks: readonly string[], headers: Record<string, string> = {}): Promise<string> {
    const { port } = server.address() as AddressInfo;
    return new Promise((answered, failed) => {
      const request = send(
        { port, method: 'POST', headers: { 'content-type': FORM, ...headers } },
        (answer) => {
          let text = '';
          answer.on('data', (chunk) => (text += String(chunk)));
          answer.on('end', () => answered(text));
        },
      );
      request.on('error', failed);
      for (const chunk of chunks) request.write(chunk);
      request.end();
    });
  }

  it('is read here, in however many pieces', async () => {
    expect(await post(['to', 'ken=a%2', '0b'])).toBe('[["token","a b"]]');
    expect(await post([])).toBe('[]');
  });

  it('is refused past the bound, whether it says how long it is or not', async () => {
    const long = 'x'.repeat(MAX_FORM_BYTES + 1);
    expect(await post([long])).toBe('payload_too_large');
    expect(await post([long], { 'content-length': String(long.length) })).toBe('payload_too_large');
    expect(await post(Array.from({ length: 64 }, () => long))).toBe('payload_too_large');
  });

  it.each(['', 'application/json', `${FORM}; charset=latin1`, `${FORM}, ${FORM}`, `x${FORM}`])(
    'is refused as %j',
    async (type) => {
      expect(await post(['token=a'], { 'content-type': type })).toBe('unsupported_media_type');
    },
  );

  it('compressed is no text', async () => {
    expect(await post(['\x1f\x8b\x08'], { 'content-encoding': 'gzip' })).toBe('validation_failed');
  });
});
