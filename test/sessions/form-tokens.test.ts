import { SecretKeys } from '../../src/options/secret-keys';
import type { HttpRequest, ReadableHttpResponse } from '../../src/requests/http-request';
import { setPrincipal } from '../../src/route-access/principal';
import { FormTokens } from '../../src/sessions/form-tokens';
import { SECRETS, testOptions } from '../support/auth-options';
import { FakeClock } from '../support/fake-clock';

const DAY_SECONDS = 86_400;
const SESSION = '0198f000-0000-7000-8000-000000000001';
const OTHER = '0198f000-0000-7000-8000-000000000002';
const REFUSED = expect.objectContaining({ code: 'csrf_failed' });

const clock = new FakeClock();
const tokens = tokensUnder(SECRETS.first);

function tokensUnder(...secrets: string[]): FormTokens {
  const options = testOptions({ secrets });
  return new FormTokens(new SecretKeys(options), clock, options);
}

function requestOf(cookie?: string): HttpRequest {
  return { method: 'GET', url: '/', headers: cookie === undefined ? {} : { cookie } };
}

class Answer implements ReadableHttpResponse {
  readonly headers: Record<string, string | string[]> = {};
  header(name: string, value: string | string[]): void {
    this.headers[name] = value;
  }
  getHeader(name: string): string | string[] | undefined {
    return this.headers[name];
  }
  removeHeader(name: string): void {
    Reflect.deleteProperty(this.headers, name);
  }
}

function tokenOfSession(sessionId: string, made: FormTokens = tokens): string {
  const request = requestOf();
  setPrincipal(request, { accountId: OTHER, sessionId, authTime: 0, amr: ['pwd'] });
  return made.field(request, new Answer()).value;
}

/** What a page gives to a browser without a session: the token, and the cookie to send with it. */
function tokenOfStranger(cookie?: string): { value: string; cookie: string; answer: Answer } {
  const answer = new Answer();
  const { value } = tokens.field(requestOf(cookie), answer);
  const [line = ''] = (answer.headers['set-cookie'] ?? []) as string[];
  return { value, cookie: cookie ?? line.split(';')[0] ?? '', answer };
}

describe('the token of a session', () => {
  const good = tokenOfSession(SESSION);

  it('CK-9: is worth something in its own session alone', () => {
    expect(() => tokens.assertOfSession(good, SESSION)).not.toThrow();
    expect(() => tokens.assertOfSession(good, OTHER)).toThrow(REFUSED);
    expect(() => tokens.assertOfSession(tokenOfSession(OTHER), SESSION)).toThrow(REFUSED);
  });

  it('CK-9: no byte and no other spelling of it passes', () => {
    for (let index = 0; index < good.length; index += 1) {
      const flipped = good[index] === 'A' ? 'B' : 'A';
      const changed = `${good.slice(0, index)}${flipped}${good.slice(index + 1)}`;
      expect(() => tokens.assertOfSession(changed, SESSION)).toThrow(REFUSED);
    }
    for (const other of [
      undefined,
      '',
      ' ',
      `${good} `,
      `${good}=`,
      good.slice(1),
      `${good}A`,
      '1',
    ]) {
      expect(() => tokens.assertOfSession(other, SESSION)).toThrow(REFUSED);
    }
  });

  it('CK-9: ends after a day', () => {
    const early = tokenOfSession(SESSION);
    clock.advanceSeconds(DAY_SECONDS - 1);
    expect(() => tokens.assertOfSession(early, SESSION)).not.toThrow();
    clock.advanceSeconds(1);
    expect(() => tokens.assertOfSession(early, SESSION)).toThrow(REFUSED);
  });

  it('CK-9: lives through the replacement of a secret, and ends with the secret', () => {
    const made = tokenOfSession(SESSION);
    const replaced = tokensUnder(SECRETS.second, SECRETS.first);
    expect(() => replaced.assertOfSession(made, SESSION)).not.toThrow();
    const gone = tokensUnder(SECRETS.second);
    expect(() => gone.assertOfSession(made, SESSION)).toThrow(REFUSED);
  });
});

describe('the token of a browser before login', () => {
  it('CK-1, CK-2, CK-3: comes with a cookie that no script and no neighbour can reach', () => {
    const [line] = tokenOfStranger().answer.headers['set-cookie'] as string[];
    expect(line).toMatch(
      /^__Host-portcullis-form=[\w-]{43}; Path=\/; Max-Age=86400; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  it('CK-9: is worth something with its own cookie alone', () => {
    const [mine, theirs] = [tokenOfStranger(), tokenOfStranger()];
    expect(() => tokens.assertOfPreSession(mine.value, requestOf(mine.cookie))).not.toThrow();
    for (const cookie of [
      theirs.cookie,
      undefined,
      `${mine.cookie}; ${theirs.cookie}`,
      `${mine.cookie}x`,
    ]) {
      expect(() => tokens.assertOfPreSession(mine.value, requestOf(cookie))).toThrow(REFUSED);
    }
  });

  it('CK-9: is none of a session, nor the other way round, even of one id', () => {
    const { value, cookie } = tokenOfStranger();
    const id = cookie.split('=')[1] ?? '';
    expect(() => tokens.assertOfSession(value, id)).toThrow(REFUSED);
    expect(() => tokens.assertOfPreSession(tokenOfSession(id), requestOf(cookie))).toThrow(REFUSED);
  });

  it('a second page keeps the cookie of the first, so that both forms work', () => {
    const first = tokenOfStranger();
    const second = tokenOfStranger(first.cookie);
    expect(second.answer.headers['set-cookie']).toBeUndefined();
    for (const { value } of [first, second]) {
      expect(() => tokens.assertOfPreSession(value, requestOf(first.cookie))).not.toThrow();
    }
  });

  it('SS-11: a page with a form is not stored, and makes browsers say where it came from', () => {
    expect(tokenOfStranger().answer.headers).toMatchObject({
      'cache-control': 'no-store',
      vary: 'Cookie',
      'referrer-policy': 'same-origin',
    });
  });
});
