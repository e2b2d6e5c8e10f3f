import { Controller, Get, Injectable, Module, Scope, type Type } from '@nestjs/common';
import { ConfigurationError } from '../../src/errors/configuration-error';
import { FourEyes, Policy, StepUp } from '../../src/route-access/access.decorators';
import type { PolicyClass } from '../../src/route-access/policy';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { buildAccessApp } from './access-app';

let database: TestDatabase;

beforeAll(async () => {
  database = await cloneDatabase();
});

afterAll(() => database.drop());

@Injectable()
class OwnInvoice {
  check(): boolean {
    return true;
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest extends OwnInvoice {}

@Injectable()
class InvoiceCreator {
  creatorOf(): null {
    return null;
  }
}

/** Why an application with one route does not start, or undefined when it does. */
async function refusal(
  decorator: ClassDecorator & MethodDecorator,
  providers: readonly Type[],
): Promise<string | undefined> {
  @Controller('invoices')
  class InvoicesController {
    @decorator
    @Get()
    list(): string {
      return 'listed';
    }
  }
  @Module({ controllers: [InvoicesController], providers: [...providers] })
  class InvoicesModule {}
  const app = await buildAccessApp(database, { controllers: [], imports: [InvoicesModule] });
  try {
    await app.init();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  } finally {
    await app.close();
  }
}

describe('the application starts only with the policies that its routes name', () => {
  it.each<[string, ClassDecorator & MethodDecorator, Type[]]>([
    ['a policy', Policy(OwnInvoice), [OwnInvoice]],
    ['a lookup of creators', FourEyes(InvoiceCreator), [InvoiceCreator]],
  ])('and does with %s that a module provides', async (_, decorator, providers) => {
    expect(await refusal(decorator, providers)).toBeUndefined();
  });

  it.each<[string, ClassDecorator & MethodDecorator, Type[], string]>([
    [
      'a policy that nobody provides',
      Policy(OwnInvoice),
      [],
      'InvoicesModule: InvoicesController.list() is OwnInvoice, but must be provided: ' +
        'add it to the providers of a module',
    ],
    [
      'a lookup that nobody provides',
      FourEyes(InvoiceCreator),
      [OwnInvoice],
      'InvoiceCreator, but must be provided',
    ],
    [
      'a policy of the scope of a request',
      Policy(PerRequest),
      [PerRequest],
      'PerRequest, but must be a provider of the default scope',
    ],
    [
      'a policy without its method',
      Policy(InvoiceCreator as unknown as PolicyClass),
      [InvoiceCreator],
      'InvoiceCreator, but must be given a method check()',
    ],
    [
      'a policy that an import left undefined',
      Policy(undefined as unknown as PolicyClass),
      [],
      'must be given a class',
    ],
    ['a step-up that asks for nothing', StepUp({} as { maxAge: number }), [], '`maxAge`'],
  ])('and not with %s', async (_, decorator, providers, message) => {
    expect(await refusal(decorator, providers)).toContain(message);
  });
});
