import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Only the package that contains a file can be named in it, and that is the bench itself. */
const fromRoot = createRequire(join(__dirname, '..', 'package.json'));

/** The built library, as an application gets it. */
export const library = fromRoot('@portcullis/nest') as typeof import('../src/index');

export const { AUTH_MIGRATIONS } = fromRoot(
  '@portcullis/nest/migrations',
) as typeof import('../migrations/index');
