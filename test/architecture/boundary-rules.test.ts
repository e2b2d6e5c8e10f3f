import {
  httpExceptions,
  migrationsReachIn,
  serverReachesIn,
  strayDatabaseUse,
  undeclaredPackages,
} from './boundary-rules';
import { graphOf } from './module-graph';

const src = { 'src/index.ts': '', 'src/keys/key.ts': '', 'src/database/tables.ts': '' };

describe('serverReachesIn', () => {
  it.each(['../src/index', '../src/keys/key', '@portcullis/nest/dist/src/keys/key', '../dist/src'])(
    'reports an import of %s',
    (specifier) => {
      const graph = graphOf({ ...src, 'server/main.ts': `import '${specifier}';` });
      expect(serverReachesIn(graph)).toMatchObject([{ path: 'server/main.ts', line: 1 }]);
    },
  );

  it('accepts the published names, foreign packages and its own files', () => {
    const graph = graphOf({
      ...src,
      'server/env.ts': '',
      'server/main.ts': `import '@portcullis/nest'; import '@portcullis/nest/migrations'; import '@nestjs/core'; import './env';`,
    });
    expect(serverReachesIn(graph)).toEqual([]);
  });
});

describe('migrationsReachIn', () => {
  it('reports an import of the library beside database/, and of a missing file', () => {
    const text = `import '../src/keys/key';\nimport './gone';`;
    const graph = graphOf({ ...src, 'migrations/1-make.ts': text });
    expect(migrationsReachIn(graph)).toMatchObject([{ line: 1 }, { line: 2 }]);
  });

  it('accepts database/ and typeorm', () => {
    const text = `import '../src/database/tables'; import 'typeorm';`;
    expect(migrationsReachIn(graphOf({ ...src, 'migrations/1-make.ts': text }))).toEqual([]);
  });
});

describe('undeclaredPackages', () => {
  const declared = new Set(['@nestjs/common', 'bcrypt']);

  it.each(['express', '@nestjs/platform-express', '@types/node', 'bcryptjs/dist'])(
    'reports %s, which the package does not declare, even as a type',
    (name) => {
      const graph = graphOf({ 'src/keys/a.ts': `import type { Request } from '${name}';` });
      expect(undeclaredPackages(graph, declared)).toHaveLength(1);
    },
  );

  it('accepts declared packages, their subpaths and Node itself', () => {
    const text = `import '@nestjs/common/pipes'; import 'bcrypt'; import 'node:crypto'; import 'fs/promises';`;
    expect(undeclaredPackages(graphOf({ 'src/keys/a.ts': text }), declared)).toEqual([]);
  });
});

describe('strayDatabaseUse', () => {
  it.each(['typeorm', '@nestjs/typeorm', 'pg'])('reports a service that imports %s', (name) => {
    const graph = graphOf({ 'src/keys/keys.service.ts': `import '${name}';` });
    expect(strayDatabaseUse(graph)).toHaveLength(1);
  });

  it('accepts repositories, entities and database/', () => {
    const graph = graphOf({
      'src/keys/keys.repository.ts': `import 'typeorm';`,
      'src/keys/key.entity.ts': `import 'typeorm';`,
      'src/database/database.ts': `import 'pg'; import '@nestjs/typeorm';`,
    });
    expect(strayDatabaseUse(graph)).toEqual([]);
  });
});

describe('httpExceptions', () => {
  const text = `import { Injectable, UnauthorizedException as Refused } from '@nestjs/common';`;

  it('reports a service that answers with a status', () => {
    expect(httpExceptions(graphOf({ 'src/keys/keys.service.ts': text }))).toHaveLength(1);
  });

  it('leaves guards and filters alone', () => {
    expect(httpExceptions(graphOf({ 'src/access/roles.guard.ts': text }))).toEqual([]);
  });
});
