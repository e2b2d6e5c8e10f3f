import type { ServerEnvironment } from '../env';
import { expressFramework } from './express.framework';
import { fastifyFramework } from './fastify.framework';
import type { WebFramework } from './web-framework';

const FRAMEWORKS: Readonly<Record<ServerEnvironment['adapter'], WebFramework>> = {
  express: expressFramework,
  fastify: fastifyFramework,
};

/** The one that the environment names. */
export function webFrameworkOf({ adapter }: Pick<ServerEnvironment, 'adapter'>): WebFramework {
  return FRAMEWORKS[adapter];
}
