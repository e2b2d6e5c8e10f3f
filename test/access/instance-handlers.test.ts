import { Controller, Get, Injectable, Post, Scope } from '@nestjs/common';
import {
  Authenticated,
  Public,
  RequirePermissions,
  Policy,
} from '../../src/route-access/access.decorators';
import type { AccessPolicy } from '../../src/route-access/policy';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { BodyClient } from '../support/session-client';

@Injectable()
class Nobody implements AccessPolicy {
  check(): boolean {
    return false;
  }
}

/** Methods that the instance replaces by functions of its own, as many applications write it. */
@Authenticated()
@Controller('bound')
class BoundController {
  constructor() {
    this.secret = this.secret.bind(this);
    this.arrow = () => ({ reached: true });
    // A wrapper that happens to be called like an open method.
    this.renamed = { open: () => ({ reached: true }) }.open;
    this.policed = this.policed.bind(this);
  }

  @Public({ reason: 'a test looks at it' })
  @Get('open')
  open() {
    return { reached: true };
  }

  @RequirePermissions<string>('things:read')
  @Get('secret')
  secret() {
    return { reached: true };
  }

  @RequirePermissions<string>('things:read')
  @Get('arrow')
  arrow() {
    return { reached: false };
  }

  @RequirePermissions<string>('things:read')
  @Get('renamed')
  renamed() {
    return { reached: false };
  }

  @Policy(Nobody)
  @Post('policed')
  policed() {
    return { reached: true };
  }
}

@Authenticated()
@Controller({ path: 'each-request', scope: Scope.REQUEST })
class RequestScopedController {
  constructor() {
    this.secret = this.secret.bind(this);
  }

  @RequirePermissions<string>('things:read')
  @Get('secret')
  secret() {
    return { reached: true };
  }

  @RequirePermissions<string>('things:read')
  @Get('plain')
  plain() {
    return { reached: true };
  }
}

@Authenticated()
@Controller('late')
class LateController {
  onModuleInit() {
    this.secret = this.secret.bind(this);
  }

  @RequirePermissions<string>('things:read')
  @Get('secret')
  secret() {
    return { reached: true };
  }
}

@Controller('shared')
class SharedController {
  constructor() {
    this.secret = this.open;
  }

  @Public({ reason: 'a test looks at it' })
  @Get('open')
  open() {
    return { reached: true };
  }

  @RequirePermissions<string>('things:read')
  @Get('secret')
  secret() {
    return { reached: true };
  }
}

describe('handlers that an instance bound or wrapped', () => {
  let app: AuthApp;
  let reader: BodyClient;
  let nobody: BodyClient;

  beforeAll(async () => {
    app = await startAuthApp({
      controllers: [BoundController, RequestScopedController, LateController],
      providers: [Nobody],
    });
    await app.createAccount('reader@example.test', 'reader');
    await app.createAccount('nobody@example.test');
    reader = new BodyClient(app);
    nobody = new BodyClient(app);
    await reader.login('reader@example.test');
    await nobody.login('nobody@example.test');
  });
  afterAll(() => app.close());

  it.each(['/bound/secret', '/bound/arrow', '/bound/renamed', '/late/secret'])(
    'AZ-1: %s asks for what its method declares',
    async (path) => {
      expect((await app.get(path)).status).toBe(401);
      expect((await nobody.get(path)).status).toBe(403);
      expect((await reader.get(path)).body).toEqual({ reached: true });
    },
  );

  it('AZ-1: a policy of the method is asked', async () => {
    const response = await app
      .post('/bound/policed')
      .set('Authorization', `Bearer ${reader.accessToken}`);
    expect(response.status).toBe(403);
  });

  it('AZ-1: of what is made for each request nothing is known, so it is closed', async () => {
    expect((await nobody.get('/each-request/secret')).status).toBe(403);
    expect((await reader.get('/each-request/secret')).status).toBe(403);
    expect((await nobody.get('/each-request/plain')).status).toBe(403);
    expect((await reader.get('/each-request/plain')).status).toBe(200);
  });

  it('AZ-1: one function under two names does not boot', async () => {
    await expect(startAuthApp({ controllers: [SharedController] })).rejects.toThrow(
      'a function of its own for each name',
    );
  });
});
