import { Controller, Get, Module, Post, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CompiledCatalogue } from '../../src/access/compiled-catalogue';
import { RouteAudit } from '../../src/access/route-audit';
import { AccessMap } from '../../src/access-map/access-map';
import { printAccessLock, type AccessLock } from '../../src/access-map/access-lock';
import { readAccessLock } from '../../src/access-map/read-access-lock';
import { accessMapMarkdown, accessMapText } from '../../src/access-map/render-access-map';
import {
  Authenticated,
  LoosenAccess,
  Public,
  RequireAnyPermission,
  RequirePermissions,
  Roles,
  StepUp,
} from '../../src/route-access/access.decorators';
import { defineAccess } from '../../src/route-access/define-access';
import { discoveryModule } from '../access/discovery-app';

const access = defineAccess({
  permissions: { invoices: ['read', 'approve'], reports: ['read'] },
  roles: {
    viewer: { grants: ['invoices:read'] },
    approver: { inherits: ['viewer'], grants: ['invoices:approve'] },
    reporter: { grants: ['reports:*'] },
  },
  separate: [['reporter', 'approver']],
});

@Controller('invoices')
@Authenticated()
class InvoicesController {
  @RequirePermissions<string>('invoices:read') @Get() list(): void {}
  @RequirePermissions<string>('invoices:approve', 'invoices:read')
  @StepUp({ maxAge: 300, amr: ['otp'] })
  @Post(':id/approve')
  approve(): void {}
  @RequireAnyPermission<string>('reports:read', 'invoices:approve') @Get('sums') sums(): void {}
  @Roles<string>('viewer') @Get('mine') mine(): void {}
  @Get('me') me(): void {}
  @Public({ reason: 'a | b' }) @Get('open') open(): void {}
}

@Controller('invoices')
@RequirePermissions<string>('reports:read')
class OverlappingController {
  @Get() list(): void {}
  @LoosenAccess({ reason: 'anybody may count' }) @Authenticated() @Get('count') count(): void {}
}

@Module({ controllers: [OverlappingController] })
class OverlappingModule {}

async function mapOf(
  controllers: readonly Type[] = [InvoicesController],
  imports: readonly Type[] = [],
  settings: Partial<AccessLock['settings']> = {},
): Promise<AccessMap> {
  const structure = { access, ...settings };
  const app = await NestFactory.create(discoveryModule({ controllers, imports, structure }), {
    logger: false,
  });
  await app.init();
  return new AccessMap(app.get(RouteAudit), new CompiledCatalogue(access), structure);
}

describe('the map of access', () => {
  it('says of each route what it needs and which roles reach it', async () => {
    const found = (await mapOf())
      .entries()
      .map(({ name, access, needs, roles }) => [name, access, needs, roles]);
    expect(found).toEqual([
      ['/invoices', 'authenticated', { permissions: ['invoices:read'] }, ['approver', 'viewer']],
      [
        '/invoices/:id/approve',
        'authenticated',
        {
          permissions: ['invoices:approve', 'invoices:read'],
          stepUp: { maxAgeSeconds: 300, amr: ['otp'] },
        },
        ['approver'],
      ],
      ['/invoices/me', 'authenticated', {}, undefined],
      ['/invoices/mine', 'authenticated', { roles: [['viewer']] }, ['approver', 'viewer']],
      ['/invoices/open', 'public', {}, undefined],
      [
        '/invoices/sums',
        'authenticated',
        { anyPermission: [['invoices:approve', 'reports:read']] },
        ['approver', 'reporter'],
      ],
    ]);
  });

  it('numbers handlers of one path in the order in which they are asked', async () => {
    const routes = (await mapOf([InvoicesController], [OverlappingModule])).entries();
    const shared = routes.filter(({ name }) => name === '/invoices');
    expect(shared.map(({ order, controller }) => [order, controller])).toEqual([
      [1, 'InvoicesController'],
      [2, 'OverlappingController'],
    ]);
    expect(routes.find(({ name }) => name === '/invoices/count')).toMatchObject({
      reason: 'anybody may count',
      needs: {},
    });
  });

  it('locks to the same text whatever the order of modules', async () => {
    @Controller('other')
    @Public()
    class OtherController {
      @Get() read(): void {}
    }
    const one = (await mapOf([InvoicesController, OtherController])).lock();
    const two = (await mapOf([OtherController, InvoicesController])).lock();
    expect(printAccessLock(one)).toBe(printAccessLock(two));
    expect(readAccessLock(printAccessLock(one))).toEqual(one);
    expect(one.roles['approver']).toEqual({
      inherits: ['viewer'],
      permissions: ['invoices:approve', 'invoices:read'],
    });
    expect(one.separate).toEqual([['approver', 'reporter']]);
  });

  it('AZ-1: locks the settings that decide what declarations are worth', async () => {
    expect((await mapOf()).lock().settings).toEqual({ globalGuards: true, unannotated: 'refuse' });
    const weak = await mapOf([InvoicesController], [], { unannotated: 'authenticated' });
    expect(weak.lock().settings).toEqual({ globalGuards: true, unannotated: 'authenticated' });
  });

  it('is a page and a list for people', async () => {
    const lock = (await mapOf()).lock();
    const page = accessMapMarkdown(lock);
    expect(page).toContain('| Route | Needs | administrator | approver | reporter | viewer |');
    expect(page).toContain(
      '| `POST /invoices/:id/approve` | permission invoices:approve and permission invoices:read and step-up within 300 s by otp |  | ● |  |  |',
    );
    expect(page).toContain('| `GET /invoices/open` | public (a \\| b) | ● | ● | ● | ● |');
    expect(page).toContain('Nobody holds more than one of: approver, reporter.');
    expect(accessMapText(lock)).toMatch(
      /GET \/invoices {2,}permission invoices:read {2}\[approver, viewer\]/,
    );
  });
});

describe('a lock file', () => {
  it.each<[string, (lock: AccessLock) => unknown]>([
    ['another version', (lock) => ({ ...lock, version: 2 })],
    ['a setting nobody knows', (lock) => ({ ...lock, settings: { ...lock.settings, more: true } })],
    ['half of its settings', (lock) => ({ ...lock, settings: { globalGuards: true } })],
    [
      'a value that a setting cannot have',
      (lock) => ({ ...lock, settings: { ...lock.settings, unannotated: 'public' } }),
    ],
    ['no roles', (lock) => ({ ...lock, roles: undefined })],
    ['roles that are not', (lock) => ({ ...lock, roles: { viewer: {} } })],
    ['no separation', (lock) => ({ ...lock, separate: undefined })],
    [
      'a need nobody knows',
      ({ routes, ...lock }) => ({
        ...lock,
        routes: routes.map((one) => ({ ...one, needs: { moon: ['full'] } })),
      }),
    ],
    [
      'a route without needs',
      ({ routes, ...lock }) => ({
        ...lock,
        routes: routes.map((one) => ({ ...one, needs: undefined })),
      }),
    ],
    [
      'an access nobody knows',
      ({ routes, ...lock }) => ({
        ...lock,
        routes: routes.map((one) => ({ ...one, access: 'maybe' })),
      }),
    ],
    ['a list in its place', () => []],
  ])('AZ-1: is refused with %s', async (_, spoil) => {
    const text = JSON.stringify(spoil((await mapOf()).lock()));
    expect(() => readAccessLock(text)).toThrow(/version|not what access:lock writes/);
  });

  it('AZ-1: is refused without settings, and says how to write a new one', async () => {
    const lock: Partial<AccessLock> = { ...(await mapOf()).lock(), settings: undefined };
    expect(() => readAccessLock(JSON.stringify(lock))).toThrow(/settings.*run access:lock/);
  });

  it('is refused with the marks of a merge in it', () => {
    expect(() => readAccessLock('<<<<<<< HEAD\n{}')).toThrow('it is not JSON');
  });
});
