import { Controller, Get, Logger, type Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { AssignmentsService } from '../../src/access/assignments.service';
import { newId } from '../../src/database/identifiers';
import { ConfigurationError } from '../../src/errors/configuration-error';
import {
  Authenticated,
  LoosenAccess,
  Public,
  RequireAnyPermission,
  RequirePermissions,
  Roles,
} from '../../src/route-access/access.decorators';
import { defineAccess } from '../../src/route-access/define-access';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { buildAccessApp } from './access-app';

type Decorator = ClassDecorator & MethodDecorator;

const access = defineAccess({
  permissions: { notes: ['read', 'write'] },
  roles: { reader: { grants: ['notes:read'] }, writer: { grants: ['notes:write'] } },
});
const because = { reason: 'a probe cannot sign in' };
const nothing: readonly Decorator[] = [];
const reader = Roles<string>('reader');
const writes = RequirePermissions<string>('notes:write');

let database: TestDatabase;

beforeAll(async () => {
  database = await cloneDatabase();
});

beforeEach(() => {
  jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
});

afterEach(() => jest.restoreAllMocks());

afterAll(() => database.drop());

async function start(
  ofClass: readonly Decorator[],
  ofMethod: readonly MethodDecorator[],
): Promise<NestExpressApplication> {
  class NotesController {
    list(): string {
      return 'listed';
    }
  }
  const { prototype } = NotesController;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'list') ?? {};
  for (const decorate of [...ofMethod, Get()].reverse()) decorate(prototype, 'list', descriptor);
  for (const decorate of [...ofClass, Controller('notes')].reverse()) decorate(NotesController);
  const controllers: Type[] = [NotesController];
  const app = await buildAccessApp(database, { controllers, structure: { access } });
  await app.init();
  return app;
}

async function accountWith(app: NestExpressApplication, roles: readonly string[]) {
  const accountId = newId();
  await app
    .get(DataSource)
    .query(`INSERT INTO auth.accounts (id, email, email_key) VALUES ($1::uuid, $2, $2)`, [
      accountId,
      `${accountId}@example.org`,
    ]);
  for (const role of roles) await app.get(AssignmentsService).assign({ accountId, role });
  return accountId;
}

/** The statuses for a stranger, an account without roles, a reader, a writer, and one who is both. */
async function statuses(app: NestExpressApplication): Promise<number[]> {
  const found = [(await request(app.getHttpServer()).get('/notes')).status];
  for (const roles of [[], ['reader'], ['writer'], ['reader', 'writer']]) {
    const accountId = await accountWith(app, roles);
    const answer = await request(app.getHttpServer()).get('/notes').set('x-account', accountId);
    found.push(answer.status);
  }
  return found;
}

const OPEN = [200, 200, 200, 200, 200];
const SIGNED_IN = [401, 200, 200, 200, 200];
const READERS = [401, 403, 200, 403, 200];
const WRITERS = [401, 403, 403, 200, 200];
const BOTH = [401, 403, 403, 403, 200];
const EITHER = [401, 403, 200, 200, 200];

describe('over HTTP, class and method are both asked', () => {
  it.each<[string, readonly Decorator[], readonly MethodDecorator[], number[]]>([
    ['roles on a class guard its methods', [reader], nothing, READERS],
    ['permissions on a class guard its methods', [writes], nothing, WRITERS],
    ['roles on a class and permissions on a method must both hold', [reader], [writes], BOTH],
    ['permissions on a class and roles on a method must both hold', [writes], [reader], BOTH],
    ['roles on a method guard it in a class that says nothing', nothing, [reader], READERS],
    ['permissions on a method guard it in a class that says nothing', nothing, [writes], WRITERS],
    [
      'any of two permissions lets the holder of either in',
      nothing,
      [RequireAnyPermission<string>('notes:read', 'notes:write')],
      EITHER,
    ],
    [
      'any of two permissions on a class takes nothing from its method',
      [RequireAnyPermission<string>('notes:read', 'notes:write')],
      [writes],
      WRITERS,
    ],
    ['a public class without rules is open', [Public()], nothing, OPEN],
    ['a public method in a class that says nothing is open', nothing, [Public()], OPEN],
    ['a public method with a reason is open under roles', [reader], [Public(because)], OPEN],
    ['a public method with a reason is open under permissions', [writes], [Public(because)], OPEN],
    ['a loosened method asks only for its own', [reader], [LoosenAccess(because), writes], WRITERS],
    ['and the other way round', [writes], [LoosenAccess(because), reader], READERS],
    [
      'a loosened method without its own asks to sign in',
      [reader],
      [LoosenAccess(because)],
      SIGNED_IN,
    ],
    [
      'signing in on a class opens no method that asks for more',
      [Authenticated()],
      [writes],
      WRITERS,
    ],
    [
      'signing in on a method opens nothing that its class closes',
      [writes],
      [Authenticated()],
      WRITERS,
    ],
  ])('AZ-1: %s', async (_, ofClass, ofMethod, expected) => {
    const app = await start(ofClass, ofMethod);
    try {
      expect(await statuses(app)).toEqual(expected);
    } finally {
      await app.close();
    }
  });

  const noRoles = (Roles as unknown as () => Decorator)();
  const noPermissions = (RequireAnyPermission as unknown as () => Decorator)();

  it.each<[string, readonly Decorator[], readonly MethodDecorator[], string]>([
    ['a public class with roles on a method', [Public()], [reader], 'in a class without @Public()'],
    [
      'a public class with permissions on a method',
      [Public(because)],
      [writes],
      'in a class without',
    ],
    [
      'a public method under roles, without a reason',
      [reader],
      [Public()],
      '@Public({ reason: … })',
    ],
    [
      'a public method under permissions, without a reason',
      [writes],
      [Public()],
      '@Public({ reason',
    ],
    [
      'a loosened method with a blank reason',
      [reader],
      [LoosenAccess({ reason: ' ' })],
      'a reason',
    ],
    [
      'a loosened method whose class asks for nothing',
      nothing,
      [LoosenAccess(because)],
      '@LoosenAccess()',
    ],
    ['an empty list of roles on a class', [noRoles], nothing, 'at least one name'],
    ['an empty list of permissions on a method', [reader], [noPermissions], 'at least one name'],
    ['nothing declared at all', nothing, nothing, '@Public(), @Authenticated(), @Roles(…)'],
  ])(
    'AZ-1: %s does not boot, and the error says what to do',
    async (_, ofClass, ofMethod, remedy) => {
      const error: unknown = await start(ofClass, ofMethod).then(
        (app) => app.close(),
        (thrown: unknown) => thrown,
      );

      expect(error).toBeInstanceOf(ConfigurationError);
      expect((error as ConfigurationError).message).toContain('NotesController.list()');
      expect((error as ConfigurationError).message).toContain(remedy);
    },
  );
});
