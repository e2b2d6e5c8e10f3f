import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiPropertyOptional, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { IsString, ValidateIf } from 'class-validator';
import request from 'supertest';
import { AuthErrorFilter } from '../../src/errors/problem.filter';
import { ResolvedAuthOptions } from '../../src/options/auth-options';
import { PathId } from '../../src/requests/path-id.decorator';
import { RequestReader } from '../../src/requests/request-info';
import { StrictQuery } from '../../src/requests/strict-query.decorator';
import { testOptions } from '../support/auth-options';

const ID = '018f0000-0000-7000-8000-000000000000';

class FilterDto {
  @ApiPropertyOptional()
  @ValidateIf((_, value: unknown) => value !== undefined)
  @IsString()
  readonly name?: string;

  @ValidateIf((_, value: unknown) => value !== undefined)
  @IsString({ each: true })
  readonly tags?: readonly string[];
}

@Controller('found')
class FoundController {
  @Get()
  list(@StrictQuery(FilterDto) query: FilterDto) {
    return { isDto: query instanceof FilterDto, ...query };
  }

  @Get(':id')
  one(@PathId() id: string) {
    return { id };
  }
}

@Module({
  controllers: [FoundController],
  providers: [
    RequestReader,
    AuthErrorFilter,
    { provide: ResolvedAuthOptions, useFactory: () => testOptions() },
  ],
})
class FoundModule {}

/** The parsers that hosts use: of both adapters, and the one of Express that nests. */
const HOSTS = {
  Express: () => new ExpressAdapter(),
  'Express with the extended parser': () => new ExpressAdapter(),
  Fastify: () => new FastifyAdapter(),
} as const;

describe.each(Object.keys(HOSTS) as (keyof typeof HOSTS)[])('on %s', (host) => {
  let nest: INestApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [FoundModule] }).compile();
    nest = module.createNestApplication(HOSTS[host](), { logger: false });
    nest.useGlobalFilters(nest.get(AuthErrorFilter));
    if (host.includes('extended')) {
      (nest as NestExpressApplication).set('query parser', 'extended');
    }
    await nest.listen(0, '127.0.0.1');
  });
  afterAll(() => nest.close());

  const get = async (path: string) => request(await nest.getUrl()).get(`/found${path}`);

  it('gives an instance of the class', async () => {
    expect((await get('?name=a%20b')).body).toEqual({ isDto: true, name: 'a b' });
    expect((await get('')).body).toEqual({ isDto: true });
    expect((await get('?name=')).body).toEqual({ isDto: true, name: '' });
  });

  it.each([
    '?name=a&name=b',
    '?name=a&name=a',
    '?tags=a&tags=b',
    '?name[]=a',
    '?name[0]=a',
    '?name[not]=a',
    '?name[$ne]=',
    '?name[name]=a',
    '?other=a',
    '?Name=a',
    '?name=a&other=b',
    '?constructor=a',
    '?constructor[prototype][x]=a',
  ])('HT-2: AD-6: refuses %s', async (query) => {
    const { status, body } = await get(query);
    expect([status, body.code]).toEqual([400, 'validation_failed']);
    expect(body.errors).toHaveLength(1);
  });

  it('HT-2: is not fooled by a name that every object has', async () => {
    const { status, body } = await get('?__proto__=a&__proto__[name]=b');
    // A parser may drop such a name before anybody sees it.
    if (status === 200) expect(body).toEqual({ isDto: true });
    else expect([status, body.code]).toEqual([400, 'validation_failed']);
    expect(({} as Record<string, unknown>)['name']).toBeUndefined();
  });

  it('AD-5: takes an id in the path in its one spelling only', async () => {
    expect((await get(`/${ID}`)).body).toEqual({ id: ID });
    for (const bad of [ID.toUpperCase(), `{${ID}}`, ID.replaceAll('-', ''), 'null', '%00', "'"]) {
      const { status, body } = await get(`/${encodeURI(bad)}`);
      expect([bad, status, body.code]).toEqual([bad, 404, 'not_found']);
    }
  });

  it('is described with its parameters', () => {
    const document = SwaggerModule.createDocument(nest, new DocumentBuilder().build());
    expect(document.paths['/found/{id}']?.get?.parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
    ]);
    expect(document.paths['/found']?.get?.parameters).toEqual([
      { name: 'name', in: 'query', required: false, schema: { type: 'string' } },
    ]);
  });
});
