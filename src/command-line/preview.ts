import { createRequire } from 'node:module';
import type { INestApplication } from '@nestjs/common';
import {
  ApplicationConfig,
  InitializeOnPreviewAllowlist,
  MetadataScanner,
  ModulesContainer,
  NestFactory,
  RouterModule,
  type AbstractHttpAdapter,
} from '@nestjs/core';
import { CompiledCatalogue } from '../access/compiled-catalogue';
import { HandlerDiscovery } from '../access/handler-discovery';
import { RouteAudit } from '../access/route-audit';
import { AccessMap } from '../access-map/access-map';
import { checkStructuralOptions } from '../options/check-structural-options';
import { StructuralAuthOptions } from '../options/structural-options';
import { RouteAccessReader } from '../route-access/route-access.reader';
import {
  loadFunction,
  loadModule,
  locateModule,
  settingOf,
  type ApplicationSource,
} from './application-source';
import { UsageError } from './usage-error';

/** Where the routes of an application are configured, beside its modules. */
export interface PreviewSource extends ApplicationSource {
  /** `file#Export` of a function that takes the application. When left out, package.json may name it. */
  readonly configure?: string;
}

/**
 * The map of an application that is put together and not started: no provider is made, so it needs no
 * database, no environment and no secrets. Handlers whose class only a factory knows are not in it;
 * the boot checks those.
 *
 * @throws UsageError when there is no such application
 * @throws ConfigurationError listing every handler that would stop the boot
 */
export async function previewAccessMap(source: PreviewSource): Promise<AccessMap> {
  const module = loadModule(source);
  const configure = loadFunction(source.directory, 'configure', source.configure);
  // Its constructor is what tells Nest the paths of modules.
  InitializeOnPreviewAllowlist.add(RouterModule);
  const app = await NestFactory.create(module, adapterFor(source), {
    preview: true,
    abortOnError: false,
    bodyParser: false,
    logger: ['error', 'fatal'],
  });
  await configure?.(app);
  return mapOf(app);
}

function mapOf(app: INestApplication): AccessMap {
  const options = checkStructuralOptions(optionsOf(app));
  const discovery = new HandlerDiscovery(
    app.get(ModulesContainer),
    app.get(ApplicationConfig),
    new MetadataScanner(),
    new RouteAccessReader(options),
  );
  const audit = new RouteAudit(discovery, options);
  audit.assertSound();
  return new AccessMap(audit, new CompiledCatalogue(options.access), options);
}

/** Looked for by hand: Nest logs a stack before it says that a provider is missing. */
function optionsOf(app: INestApplication): StructuralAuthOptions {
  for (const { providers } of app.get(ModulesContainer).values()) {
    const options: unknown = providers.get(StructuralAuthOptions)?.instance;
    if (options !== undefined) return options as StructuralAuthOptions;
  }
  throw new UsageError('The application does not import AuthModule.');
}

/** The one that package.json names, or the first that is installed: paths are the same on each. */
function adapterFor(source: PreviewSource): AbstractHttpAdapter {
  const load = createRequire(locateModule(source).path);
  const named = settingOf(source.directory, 'adapter')?.value;
  for (const name of named === undefined ? ['express', 'fastify'] : [named]) {
    const file = `@nestjs/platform-${name}`;
    if (!canResolve(load, file)) continue;
    const exported = load(file) as Readonly<Record<string, new () => AbstractHttpAdapter>>;
    const Adapter = exported[name === 'express' ? 'ExpressAdapter' : 'FastifyAdapter'];
    if (Adapter !== undefined) return new Adapter();
  }
  throw new UsageError(`The HTTP adapter ${named ?? 'express or fastify'} is not installed.`);
}

function canResolve({ resolve }: NodeJS.Require, file: string): boolean {
  try {
    return resolve(file) !== '';
  } catch {
    return false;
  }
}
