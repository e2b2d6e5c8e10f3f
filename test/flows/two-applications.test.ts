import { SECRETS } from '../support/auth-options';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { BodyClient } from '../support/session-client';

/** Passport keeps strategies per process: the second application replaces those of the first. */
describe('two applications in one process', () => {
  let first: AuthApp;
  let second: AuthApp;

  beforeAll(async () => {
    first = await startAuthApp();
    second = await startAuthApp({ options: { secrets: [SECRETS.second] } });
    await first.createAccount('first@example.test', 'reader');
    await second.createAccount('second@example.test', 'reader');
  });
  afterAll(async () => {
    await first.close();
    await second.close();
  });

  it('each sign in their own accounts, and only those', async () => {
    expect((await new BodyClient(first).login('first@example.test')).status).toBe(200);
    expect((await new BodyClient(second).login('second@example.test')).status).toBe(200);
    expect((await new BodyClient(first).login('second@example.test')).status).toBe(401);
    expect((await new BodyClient(second).login('first@example.test')).status).toBe(401);
  });

  it('each accept their own tokens, and only those', async () => {
    const [one, other] = [new BodyClient(first), new BodyClient(second)];
    await one.login('first@example.test');
    await other.login('second@example.test');
    for (const [app, own, foreign] of [
      [first, one, other],
      [second, other, one],
    ] as const) {
      const asking = new BodyClient(app);
      expect((await asking.get('/things', own.accessToken)).status).toBe(200);
      expect((await asking.get('/things', foreign.accessToken)).body.code).toBe('invalid_token');
    }
  });
});
