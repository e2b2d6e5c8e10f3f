import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Migrations from '../migrations/index';
import type * as Library from '../src/index';

/** A file can name only the package that contains it, and here that is the bench itself. */
const fromRoot = createRequire(join(__dirname, '..', 'package.json'));

/** The built library, as an application gets it. */
export const library = fromRoot('@portcullis/nest') as typeof Library;

export const { AUTH_MIGRATIONS } = fromRoot('@portcullis/nest/migrations') as typeof Migrations;
