'use strict';

const { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** What a new application has beside the library and its peers. */
const OWN_PACKAGES = ['@nestjs/platform-express', '@types/node'];

/** The accounts that `accounts.ts` makes; one may read invoices, the other may do nothing. */
const PASSWORD = 'nine wet otters sing at dawn';
const ACCOUNTS = { viewer: 'viewer@example.test', nobody: 'nobody@example.test' };

/** The four steps of the quick start. They import each other as Node's ES modules need it. */
const STEPS = {
  'access.ts': `
import { defineAccess } from '@portcullis/nest';

export const access = defineAccess({
  permissions: { invoices: ['read', 'approve'] },
  roles: { viewer: { grants: ['invoices:read'] } },
});

declare module '@portcullis/nest' {
  interface Register { access: typeof access }
}
`,
  'app.module.ts': `
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule, authEntities } from '@portcullis/nest';
import { AUTH_MIGRATIONS } from '@portcullis/nest/migrations';
import { access } from './access.js';
import { InvoicesController } from './invoices.controller.js';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env['DATABASE_URL'],
      entities: [...authEntities()],
      migrations: AUTH_MIGRATIONS,
      migrationsRun: true,
    }),
    AuthModule.forRootAsync({
      access,
      useFactory: () => ({
        issuer: 'http://localhost',
        secrets: [process.env['AUTH_SECRET'] ?? ''],
        passwordPeppers: [{ version: 1, secret: process.env['AUTH_PEPPER'] ?? '' }],
      }),
    }),
  ],
  controllers: [InvoicesController],
})
export class AppModule {}
`,
  'invoices.controller.ts': `
import { Controller, Get, Param, Post } from '@nestjs/common';
import { CurrentPrincipal, RequirePermissions, type Principal } from '@portcullis/nest';

@Controller('invoices')
export class InvoicesController {
  @RequirePermissions('invoices:read') @Get()
  list(@CurrentPrincipal() principal: Principal) {
    return { reader: principal.accountId };
  }

  @RequirePermissions('invoices:approve') @Post(':id/approve')
  approve(@Param('id') id: string) {
    return { approved: id };
  }
}
`,
  'main.ts': `
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

async function start(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  console.log(\`listening \${await app.getUrl()}\`);
}

void start();
`,
};

/** What the check adds: accounts, and a misspelt permission that must not compile. */
const EXTRAS = {
  'accounts.ts': `
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AccountCreation, AssignmentsService, Bootstrap } from '@portcullis/nest';
import { AppModule } from './app.module.js';

async function make(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  const password = '${PASSWORD}';
  await app.get(Bootstrap).createFirstAdministrator({ email: 'admin@example.test', password });
  const accounts = app.get(AccountCreation);
  await accounts.create({ email: '${ACCOUNTS.nobody}', password, emailVerified: true });
  const viewer = await accounts.create({ email: '${ACCOUNTS.viewer}', password, emailVerified: true });
  await app.get(AssignmentsService).assign({ accountId: viewer.id, role: 'viewer' });
  await app.close();
}

void make();
`,
  'misspelt.ts': `
import { RequirePermissions, Roles, type Permission } from '@portcullis/nest';
import './access.js';

const known: Permission = 'invoices:approve';
RequirePermissions(known, 'auth.sessions:read');
// @ts-expect-error no such permission
RequirePermissions('invoices:shred');
// @ts-expect-error no such role
Roles('viewr');
`,
};

/**
 * Writes an application into a folder.
 *
 * @param {string} folder
 * @param {{ type: 'commonjs' | 'module', dependencies: Record<string, string> }} kind
 */
function writeApplication(folder, { type, dependencies }) {
  const files = { ...STEPS, ...EXTRAS };
  mkdirSync(join(folder, 'src'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'src', name), text);
  const manifest = { name: 'new-application', private: true, type, dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    // What the quick start infers must have a name that a declaration file can write.
    declaration: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    types: ['node'],
    rootDir: 'src',
    outDir: 'dist',
    // Our declarations must hold by themselves; the caller sorts out those of other packages.
    skipLibCheck: false,
  };
  const config = { compilerOptions, include: ['src'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config, null, 2));
}

/** The packages an application of ours needs, with the versions that this repository tests. */
function applicationPackages(root, manifest) {
  const version = (name) =>
    JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
  const names = [...Object.keys(manifest.peerDependencies), ...OWN_PACKAGES];
  return Object.fromEntries(names.map((name) => [name, version(name)]));
}

/**
 * Gives a package the packages it declares and no others, as links to those of this repository: one
 * that it forgot to declare cannot be found.
 */
function linkPackages(root, modules, names) {
  for (const name of names) {
    const target = join(root, 'node_modules', name);
    if (!existsSync(target)) throw new Error(`${name} is declared but not installed here.`);
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(target, join(modules, name), 'junction');
  }
}

module.exports = { ACCOUNTS, PASSWORD, applicationPackages, linkPackages, writeApplication };
