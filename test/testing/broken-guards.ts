import type { TestingModuleBuilder } from '@nestjs/testing';
import { AccessDecisions } from '../../src/access/access-decisions';
import { DenialLog } from '../../src/access/denial-log';
import { AuthorityService } from '../../src/access/authority.service';
import { HandlerDiscovery } from '../../src/access/handler-discovery';
import { RequestTenants } from '../../src/access/request-tenants';
import { RolesGuard } from '../../src/access/roles.guard';
import { RouteAudit } from '../../src/access/route-audit';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import { Clock } from '../../src/clock/clock';
import { ConfigurationError } from '../../src/errors/configuration-error';
import { StructuralAuthOptions } from '../../src/options/structural-options';
import {
  declarationsOfClass,
  declarationsOfMethod,
} from '../../src/route-access/access-declarations';
import { composeAccess } from '../../src/route-access/compose-access';
import { ACCESS_PROBLEMS, type RouteAccess } from '../../src/route-access/route-access';
import { RouteAccessReader } from '../../src/route-access/route-access.reader';

type Read = (type: object, handler: object, right: RouteAccessReader) => RouteAccess;

/** The real guard of roles and permissions, which reads the declared access wrongly. */
function guardThatReads(read: Read) {
  return (builder: TestingModuleBuilder): TestingModuleBuilder =>
    builder.overrideProvider(RolesGuard).useFactory({
      inject: [
        RouteAccessReader,
        AuthorityService,
        RequestTenants,
        ChangeFeed,
        Clock,
        DenialLog,
        AccessDecisions,
      ],
      factory: (
        right: RouteAccessReader,
        ...[authorities, tenants, feed, clock, denials, decisions]: [
          AuthorityService,
          RequestTenants,
          ChangeFeed,
          Clock,
          DenialLog,
          AccessDecisions,
        ]
      ) => {
        const wrong = { read: (type: object, handler: object) => read(type, handler, right) };
        return new RolesGuard(
          wrong as unknown as RouteAccessReader,
          authorities,
          tenants,
          feed,
          clock,
          denials,
          decisions,
        );
      },
    });
}

const signedIn = composeAccess([{ kind: 'authenticated' }], []);

/** As `reflector.get(…, context.getHandler())` reads. */
export const ignoresTheClass = guardThatReads((type, handler) => {
  const ofMethod = declarationsOfMethod(type, handler);
  return ofMethod.length === 0 ? signedIn : composeAccess([], ofMethod);
});

/** As `reflector.get(…, context.getClass())` reads. */
export const ignoresTheMethod = guardThatReads((type) => {
  const ofClass = declarationsOfClass(type);
  return ofClass.length === 0 ? signedIn : composeAccess(ofClass, []);
});

/** As `reflector.getAllAndOverride` reads. */
export const letsMethodsReplaceClasses = guardThatReads((type, handler) => {
  const ofMethod = declarationsOfMethod(type, handler);
  return ofMethod.length === 0
    ? composeAccess(declarationsOfClass(type), [])
    : composeAccess([], ofMethod);
});

/** Believes whoever is signed in. */
export const asksForNothing = guardThatReads((type, handler, right) =>
  right.read(type, handler).kind === 'public' ? right.read(type, handler) : signedIn,
);

export const forgetsStepUp = guardThatReads((type, handler, right) => {
  const access = right.read(type, handler);
  const requirements = access.requirements.filter(({ kind }) => kind !== 'step_up');
  return { ...access, requirements };
});

/** Starts whatever lists are empty, as a loop over none of them would pass. */
export function letsEmptyListsPass(builder: TestingModuleBuilder): TestingModuleBuilder {
  class LenientAudit extends RouteAudit {
    override assertSound(): void {
      try {
        super.assertSound();
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        const { remedy } = ACCESS_PROBLEMS.empty_list;
        const others = error.problems.filter(({ bound }) => bound !== remedy);
        if (others.length > 0) throw new ConfigurationError(others);
      }
    }
  }
  return builder.overrideProvider(RouteAudit).useFactory({
    inject: [HandlerDiscovery, StructuralAuthOptions],
    factory: (discovery: HandlerDiscovery, options: StructuralAuthOptions) =>
      new LenientAudit(discovery, options),
  });
}
