import 'reflect-metadata';
import { Authenticated, Public, Roles } from '../../src/route-access/access.decorators';
import { defineAccess } from '../../src/route-access/define-access';
import { RouteAccessReader } from '../../src/route-access/route-access.reader';

const access = defineAccess({
  permissions: { invoices: ['approve'] },
  roles: { approver: { grants: ['invoices:approve'] } },
});
const APPROVER = { kind: 'roles', anyOf: ['approver'] };

describe('the function that answers for a method', () => {
  it('AZ-1: is refused when it is no method of the class, whatever it is called', () => {
    @Authenticated()
    class Controller {
      @Roles<string>('approver')
      handle(): void {}

      @Public({ reason: 'everybody may look' })
      look(): void {}
    }
    const reader = new RouteAccessReader({ access, unannotated: 'authenticated' });
    const { handle } = new Controller();
    for (const stranger of [handle.bind(null), () => undefined, { look: () => undefined }.look]) {
      expect(reader.read(Controller, stranger)).toMatchObject({
        kind: 'refused',
        problems: [{ code: 'handler_unknown' }],
      });
    }
  });

  it('AZ-1: asks what the method asks where an instance has another function for it', () => {
    @Authenticated()
    class Controller {
      @Roles<string>('approver')
      handle(): void {}
    }
    const reader = new RouteAccessReader({ access });
    const bound = new Controller().handle.bind(null);
    expect(reader.read(Controller, bound).kind).toBe('refused');

    reader.adopt(Controller, bound, 'handle');

    expect(reader.read(Controller, bound).requirements).toEqual([APPROVER]);
  });

  it('AZ-1: is refused when it answers under two names', () => {
    @Authenticated()
    class Controller {
      @Public({ reason: 'everybody may look' })
      look(): void {}

      @Roles<string>('approver')
      handle(): void {}
    }
    const reader = new RouteAccessReader({ access });
    const { look } = new Controller();

    reader.adopt(Controller, look, 'handle');

    expect(reader.read(Controller, look)).toMatchObject({
      kind: 'refused',
      problems: [{ code: 'handler_shared' }],
    });
  });
});
