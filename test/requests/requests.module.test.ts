import 'reflect-metadata';
import type { Server } from 'node:http';
import {
  Controller,
  Get,
  Global,
  Injectable,
  Module,
  Post,
  Res,
  UseFilters,
  UseGuards,
  UseInterceptors,
  ValidationPipe,
  type CanActivate,
  type ExecutionContext,
  type PipeTransform,
} from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ApiProperty, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { IsInt, IsOptional, IsString } from 'class-validator';
import request from 'supertest';
import { AuthError } from '../../src/errors/auth-error';
import { ProblemFilter } from '../../src/errors/problem.filter';
import { ResolvedAuthOptions } from '../../src/options/auth-options';
import { resolveAuthOptions } from '../../src/options/resolve-options';
import { appendCookies } from '../../src/requests/cookies';
import type { HttpRequest, ReadableHttpResponse } from '../../src/requests/http-request';
import { NoStoreInterceptor } from '../../src/requests/no-store.interceptor';
import { RequestReader } from '../../src/requests/request-info';
import { RequestsModule } from '../../src/requests/requests.module';
import { StrictBody } from '../../src/requests/strict-body.decorator';
import { validateBody } from '../../src/requests/validate-body';

const OPTIONS = resolveAuthOptions({
  issuer: 'https://api.portcullis.test',
  secrets: ['q7W2-mZ8x_T4vB6nK1jL9hG3fD5sA0pR'],
  passwordPeppers: [{ version: 1, secret: 'Xy5RtB8uN2eW6oC1iV4zM7kQ3gJ9dH0f' }],
});

class LoginDto {
  @ApiProperty() @IsString() readonly email!: string;
  @ApiProperty({ required: false }) @IsOptional() @IsInt() readonly attempts?: number;
}

/** Asks for the body and for the reader before the controller does. */
@Injectable()
class BodyGuard implements CanActivate {
  constructor(private readonly reader: RequestReader) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const incoming = context.switchToHttp().getRequest<HttpRequest>();
    await validateBody(LoginDto, incoming.body);
    if (this.reader.read(incoming).userAgent === 'refused') throw new AuthError('forbidden');
    return true;
  }
}

@UseFilters(ProblemFilter)
@UseInterceptors(NoStoreInterceptor)
@Controller('auth')
class LoginController {
  @Post('login')
  login(@StrictBody(LoginDto) body: LoginDto): object {
    return { instance: body instanceof LoginDto, body };
  }

  @UseGuards(BodyGuard)
  @Post('guarded')
  guarded(@StrictBody(LoginDto) body: LoginDto): object {
    return { body };
  }

  @Get('cookies')
  cookies(@Res({ passthrough: true }) response: ReadableHttpResponse): object {
    response.header('Set-Cookie', 'host=1; Path=/');
    appendCookies(response, ['a=1; Path=/', 'b=2; Path=/']);
    appendCookies(response, ['c=3; Path=/']);
    return {};
  }

  @Get('refused')
  refused(): never {
    throw new AuthError('unauthenticated');
  }
}

@Global()
@Module({
  providers: [{ provide: ResolvedAuthOptions, useValue: OPTIONS }],
  exports: [ResolvedAuthOptions],
})
class OptionsModule {}

@Module({ controllers: [LoginController] })
class LoginModule {}

/** A pipe of a host that believes it knows bodies. */
class TrimmingPipe implements PipeTransform {
  transform(value: unknown, { type }: { type: string }): unknown {
    return type === 'body' ? { email: 'replaced' } : value;
  }
}

let app: NestExpressApplication;
let server: Server;

beforeAll(async () => {
  const testing = await Test.createTestingModule({
    imports: [OptionsModule, RequestsModule, LoginModule],
  }).compile();
  app = testing.createNestApplication<NestExpressApplication>({ logger: false });
  app.useGlobalPipes(
    new TrimmingPipe(),
    new ValidationPipe({
      whitelist: true,
      transform: true,
      transformOptions: { enableImplicitConversion: true },
    }),
  );
  await app.init();
  server = app.getHttpServer();
});
afterAll(() => app.close());

describe('a strict body in a host with lax global pipes', () => {
  it('arrives as it was sent, as an instance of its class', async () => {
    const answer = await request(server).post('/auth/login').send({ email: '  a@b.test ' });
    expect([answer.status, answer.body]).toEqual([
      201,
      { instance: true, body: { email: '  a@b.test ' } },
    ]);
  });

  it.each([
    [{ email: 'a', admin: true }, 'admin'],
    [{ email: 'a', attempts: '3' }, 'attempts'],
    [{ email: 5 }, 'email'],
    [{ email: { $ne: '' } }, 'email'],
    ['{"email":"a","__proto__":{"admin":true}}', '__proto__'],
    ['{"email":"a","constructor":{"admin":true}}', 'constructor'],
  ])('HT-1, AD-6: %j is refused for %s', async (body, field) => {
    for (const path of ['/auth/login', '/auth/guarded']) {
      const answer = await request(server).post(path).type('application/json').send(body);
      expect([answer.status, answer.body]).toEqual([
        400,
        expect.objectContaining({
          code: 'validation_failed',
          errors: expect.arrayContaining([expect.objectContaining({ field })]) as unknown,
        }),
      ]);
    }
  });

  it.each(['[]', '[{"email":"a"}]', '', undefined])(
    'HT-1: the body %j is refused',
    async (body) => {
      const sent = request(server).post('/auth/login').type('application/json');
      const answer = await (body === undefined ? sent : sent.send(body));
      expect([answer.status, answer.body]).toEqual([
        400,
        expect.objectContaining({ code: 'validation_failed' }),
      ]);
    },
  );

  it('HT-2: members of the query do not fill in for members of the body', async () => {
    const answer = await request(server).post('/auth/login?email=a&email=b').send({});
    expect(answer.status).toBe(400);
  });

  it('is the body of its operation in the OpenAPI document', () => {
    const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    expect(document.paths['/auth/login']?.post?.requestBody).toMatchObject({
      required: true,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/LoginDto' } } },
    });
    expect(document.components?.schemas).toHaveProperty('LoginDto');
    expect(document.paths['/auth/cookies']?.get).not.toHaveProperty('requestBody');
  });
});

describe('SS-11: caches', () => {
  it('are told to store neither answers nor refusals', async () => {
    for (const [path, status] of [
      ['/auth/cookies', 200],
      ['/auth/refused', 401],
    ] as const) {
      const answer = await request(server).get(path);
      expect(answer.status).toBe(status);
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Cookie' });
    }
    const refusedByGuard = await request(server)
      .post('/auth/guarded')
      .set('user-agent', 'refused')
      .send({ email: 'a' });
    expect(refusedByGuard.status).toBe(403);
    expect(refusedByGuard.headers['cache-control']).toBe('no-store');
  });

  it('hear it on an answer that says nothing has changed', async () => {
    const first = await request(server).get('/auth/cookies');
    const again = await request(server)
      .get('/auth/cookies')
      .set('if-none-match', String(first.headers['etag']));
    expect(again.headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Cookie' });
  });
});

it('cookies join those that the host has set, on Express', async () => {
  const answer = await request(server).get('/auth/cookies');
  expect(answer.headers['set-cookie']).toEqual([
    'host=1; Path=/',
    'a=1; Path=/',
    'b=2; Path=/',
    'c=3; Path=/',
  ]);
});

it('CK-7, CK-8: a method override is not honoured', async () => {
  for (const answer of [
    await request(server).get('/auth/login?_method=POST').set('x-http-method-override', 'POST'),
    await request(server).post('/auth/cookies').set('x-http-method-override', 'GET').send({}),
  ]) {
    expect(answer.status).toBe(404);
  }
});
