import { Logger, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AuthError } from '../errors/auth-error';
import { wasDecided } from '../requests/decided-calls';
import { transportOf } from '../requests/execution';

/**
 * Lets a message pass only when access to it was decided before.
 *
 * Nest's global guards do not reach every handler of messages: not those of a microservice that was
 * connected without `inheritAppConfig`, and up to Nest 11 no gateway. This guard stands at the class,
 * where Nest always asks it, after all global ones (AZ-14). It knows no application.
 */
export class DecisionWitness implements CanActivate {
  readonly #logger = new Logger('Portcullis');

  /** @throws AuthError `forbidden` */
  canActivate(context: ExecutionContext): boolean {
    const transport = transportOf(context);
    if (transport === 'http' || transport === 'graphql' || wasDecided(context)) return true;
    this.#logger.error(
      `${context.getClass().name}.${context.getHandler().name}() was refused: no guard of ours was ` +
        'asked. Connect microservices with { inheritAppConfig: true }; on Nest 11 put ' +
        '@UseGuards(JwtAuthGuard, RolesGuard, PolicyGuard) on the gateway.',
    );
    throw new AuthError('forbidden');
  }
}
