import type { LoggerService } from '@nestjs/common';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { BodyClient } from '../support/session-client';

const EMAIL = 'joan@example.test';
const HOME = { 'x-forwarded-for': '192.0.2.1' };
const ELSEWHERE = { 'x-forwarded-for': '198.51.100.1' };

describe('the grace of a refresh token', () => {
  const warnings: unknown[] = [];
  const ignore = () => undefined;
  const logger: LoggerService = {
    log: ignore,
    error: ignore,
    warn: (message: unknown) => warnings.push(message),
  };
  let app: AuthApp;
  let client: BodyClient;

  beforeAll(async () => {
    app = await startAuthApp({ logger, options: { proxyHops: 1 } });
    await app.createAccount(EMAIL);
  });
  afterAll(() => app.close());

  beforeEach(async () => {
    warnings.length = 0;
    client = new BodyClient(app);
    await client.login(EMAIL);
  });

  /** Rotates, and then presents the predecessor from a network. */
  async function useGrace(network: Record<string, string>): Promise<number> {
    const predecessor = client.refreshToken;
    await client.refresh(HOME);
    return (await client.send(predecessor, network)).status;
  }

  const alarms = async () => {
    const rows = await app.sql<{ alarm: boolean }>(
      `SELECT (details ->> 'alarm')::boolean AS alarm FROM auth.audit_events
       WHERE session_id = $1 AND action = 'authn_token_grace' ORDER BY id`,
      [client.sessionId],
    );
    return rows.map(({ alarm }) => alarm);
  };
  const alarm = () => expect.objectContaining({ event: 'grace_from_two_networks' });

  it('raises an alarm in the log, and signs nobody out, when two networks use it in turn', async () => {
    expect([await useGrace(HOME), await useGrace(ELSEWHERE)]).toEqual([200, 200]);
    expect(warnings).toContainEqual({
      event: 'grace_from_two_networks',
      sessionId: client.sessionId,
      ip: '198.51.100.1',
      requestId: expect.any(String),
    });
    expect(await alarms()).toEqual([false, true]);
    expect((await client.refresh(HOME)).status).toBe(200);
  });

  it('raises none for one network, nor for two of which only one used it lately', async () => {
    expect([await useGrace(HOME), await useGrace(HOME)]).toEqual([200, 200]);
    await client.refresh(HOME);
    expect(await useGrace(ELSEWHERE)).toBe(200);
    expect(warnings).not.toContainEqual(alarm());
    expect(await alarms()).toEqual([false, false, false]);
  });
});
