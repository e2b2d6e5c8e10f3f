import 'reflect-metadata';
import { Get } from '@nestjs/common';
import {
  FourEyes,
  LoosenAccess,
  Policy,
  Public,
  RequireAnyPermission,
  RequirePermissions,
  Roles,
  StepUp,
} from '../../src/route-access/access.decorators';

class OwnInvoice {
  check = () => true;
}
class OfficeHours {
  check = () => true;
}
class InvoiceCreator {
  creatorOf = () => null;
}

@Roles<string>('viewer', 'clerk')
@RequireAnyPermission<string>('invoices:read', 'invoices:list')
@RequirePermissions<string>('invoices:open')
@Policy(OfficeHours)
@StepUp({ maxAge: 300, amr: ['pwd'] })
class Documented {
  @Roles<string>('approver')
  @RequireAnyPermission<string>('invoices:approve', 'invoices:any')
  @RequirePermissions<string>('invoices:close')
  @Policy(OwnInvoice)
  @FourEyes(InvoiceCreator)
  @StepUp({ maxAge: 600, amr: ['otp'] })
  @Get()
  narrowed(): void {}
  @Get()
  silent(): void {}
  @LoosenAccess({ reason: 'a test' })
  @StepUp({ maxAge: 60 })
  @Get()
  loosened(): void {}
  @Public({ reason: 'a test' })
  @Get()
  opened(): void {}
}

const extensions = (handler: object) =>
  Reflect.getMetadata('swagger/apiExtension', handler) as unknown;

describe('the description of a route', () => {
  it('keeps the alternatives of class and method apart, and adds up the rest', () => {
    expect(extensions(Documented.prototype.narrowed)).toEqual({
      'x-required-roles': [['approver'], ['viewer', 'clerk']],
      'x-required-any-permission': [
        ['invoices:approve', 'invoices:any'],
        ['invoices:read', 'invoices:list'],
      ],
      'x-required-permissions': ['invoices:close', 'invoices:open'],
      'x-policies': ['OwnInvoice', 'OfficeHours'],
      'x-four-eyes': true,
      'x-step-up': { maxAge: 300, amr: ['otp', 'pwd'] },
    });
  });

  it('tells what the class asks for where the method is silent', () => {
    expect(extensions(Documented.prototype.silent)).toEqual({
      'x-required-roles': [['viewer', 'clerk']],
      'x-required-any-permission': [['invoices:read', 'invoices:list']],
      'x-required-permissions': ['invoices:open'],
      'x-policies': ['OfficeHours'],
      'x-step-up': { maxAge: 300, amr: ['pwd'] },
    });
  });

  it('leaves out what a method leaves', () => {
    expect(extensions(Documented.prototype.loosened)).toEqual({ 'x-step-up': { maxAge: 60 } });
    expect(extensions(Documented.prototype.opened)).toBeUndefined();
  });
});
