import { Controller, Get, Injectable } from '@nestjs/common';
import {
  Policy,
  RequirePermissions,
  Roles,
  StepUp,
} from '../../src/route-access/access.decorators';
import type { AccessPolicy } from '../../src/route-access/policy';
import { startAuthApp, ThingsController, type AuthApp } from '../support/auth-app';
import { ageSession } from '../support/aged-sessions';
import { sendRaw } from '../support/raw-http';
import { BodyClient } from '../support/session-client';

@Injectable()
class Never implements AccessPolicy {
  check(): boolean {
    return false;
  }
}

@Controller('guarded')
class GuardedController {
  @RequirePermissions<string>('things:write') @Get('permission') permission() {
    return {};
  }
  @Roles<string>('writer') @Get('role') role() {
    return {};
  }
  @Policy(Never) @Get('policy') policy() {
    return {};
  }
  @StepUp({ maxAge: 300 }) @Get('step-up') stepUp() {
    return {};
  }
}

describe('challenges to bearer tokens', () => {
  let app: AuthApp;
  let client: BodyClient;

  beforeAll(async () => {
    app = await startAuthApp({
      controllers: [ThingsController, GuardedController],
      providers: [Never],
    });
    await app.createAccount('reader@example.org', 'reader');
    client = new BodyClient(app);
    await client.login('reader@example.org');
  });
  afterAll(() => app.close());

  it.each(['permission', 'role', 'policy'])(
    'RFC 6750 §3.1: a missing %s is insufficient_scope, and what is missing is not said',
    async (name) => {
      const answer = await client.get(`/guarded/${name}`);
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
      expect(answer.get('WWW-Authenticate')).toBe('Bearer error="insufficient_scope"');
    },
  );

  it('the administration says the same', async () => {
    const answer = await client.get('/admin/users');
    expect(answer.status).toBe(403);
    expect(answer.get('WWW-Authenticate')).toBe('Bearer error="insufficient_scope"');
  });

  it('RFC 9470 §3: an old authentication is named with the age that is allowed', async () => {
    const old = new BodyClient(app);
    await old.login('reader@example.org');
    await ageSession(app, old.sessionId, 3600);
    await old.refresh();
    const answer = await old.get('/guarded/step-up');
    expect([answer.status, answer.body.code]).toEqual([401, 'step_up_required']);
    expect(answer.get('WWW-Authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", ' +
        'error_description="A more recent authentication is required", max_age="300"',
    );
    await client.get('/guarded/step-up').then(({ status }) => expect(status).toBe(200));
  });

  it('RFC 6750 §3.1: no token is told of no error, a bad one of invalid_token', async () => {
    const without = await app.get('/things').expect(401);
    expect(without.get('WWW-Authenticate')).toBe('Bearer');
    for (const token of ['x', client.refreshToken, `${client.accessToken}A`]) {
      const answer = await client.get('/things', token);
      expect([answer.status, answer.get('WWW-Authenticate')]).toEqual([
        401,
        'Bearer error="invalid_token"',
      ]);
    }
    await client.logout();
    const ended = await client.get('/things');
    expect([ended.status, ended.get('WWW-Authenticate')]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ]);
  });

  it('JW-15: two credentials are invalid_request', async () => {
    const head = [
      'GET /things HTTP/1.1',
      'Host: localhost',
      'Connection: close',
      'Authorization: Bearer a',
      'Authorization: Bearer b',
    ];
    const answer = await sendRaw(app.url, `${head.join('\r\n')}\r\n\r\n`);
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/^www-authenticate: Bearer error="invalid_request"\r$/im);
  });

  it('no challenge names a realm or anything of the route', async () => {
    const answers = [await app.get('/things'), await client.get('/guarded/role')];
    for (const answer of answers) {
      expect(answer.get('WWW-Authenticate')).not.toMatch(/realm|scope=|writer|things/);
    }
  });
});
