import type { AppProcess } from './app-process';
import { routeSampler, sampleRatio } from './guarded';
import { login, type HttpClient } from './http-client';
import type { Row } from './measure';
import { ACCOUNTS, BENCH_OPTIONS, PASSWORD, type HttpAdapterName } from './workload';

/** The same guarded route, asked for with the session cookie and with an access token. */
export async function cookieAgainstBearer(
  client: HttpClient,
  app: AppProcess,
  adapter: HttpAdapterName,
): Promise<Row[]> {
  const [account = ''] = ACCOUNTS;
  const { body } = await login(client, account, PASSWORD);
  const bearer = routeSampler(app, '/guarded', { authorization: `Bearer ${body.access_token}` });
  const cookie = routeSampler(app, '/guarded', { cookie: await sessionCookie(app.url, account) });
  return sampleRatio(`${adapter}: session cookie ÷ bearer`, cookie, bearer);
}

async function sessionCookie(url: string, email: string): Promise<string> {
  const answer = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: BENCH_OPTIONS.issuer },
    body: JSON.stringify({ email, password: PASSWORD, transport: 'session' }),
  });
  const pair = answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
  const cookie = pair.find((text) => text.startsWith('__Host-portcullis-session='));
  if (cookie === undefined) throw new Error(`no session cookie: ${answer.status}`);
  return cookie;
}
