import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { DynamicModule, Type } from '@nestjs/common';
import { UsageError } from './usage-error';

/** What `NestFactory` takes. */
export type ApplicationModule = Type | DynamicModule;

/** Which application a command works on. */
export interface ApplicationSource {
  /** `file#Export`, relative to `directory`. When left out, package.json names it. */
  readonly app?: string;
  readonly directory: string;
}

/** Where an export is. */
interface Location {
  readonly path: string;
  readonly name: string;
}

/** What package.json says under `portcullis`, and the folder it lies in. */
interface PackageSettings {
  readonly base: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** @throws UsageError when there is no such module */
export function loadModule(source: ApplicationSource): ApplicationModule {
  const location = locateModule(source);
  const exported = loadExport(location, 'is the application built?');
  if (isModule(exported)) return exported;
  throw new UsageError(`${location.path} does not export a Nest module named ${location.name}.`);
}

/** The file of the application's module. */
export function locateModule({ app, directory }: ApplicationSource): Location {
  if (app !== undefined) return locate(directory, app);
  const found = settingOf(directory, 'app');
  if (found !== undefined) return locate(found.base, found.value);
  throw new UsageError(
    'Name the application: --app file#Export, or {"portcullis":{"app":"file#Export"}} in package.json.',
  );
}

/**
 * The function that an option or package.json names.
 *
 * @throws UsageError when one is named and there is none
 */
export function loadFunction(
  directory: string,
  setting: string,
  given: string | undefined,
): ((...args: unknown[]) => unknown) | undefined {
  const named =
    given === undefined ? settingOf(directory, setting) : { base: directory, value: given };
  if (named === undefined) return undefined;
  const location = locate(named.base, named.value);
  const exported = loadExport(location, 'is the application built?');
  if (typeof exported === 'function') return exported as (...args: unknown[]) => unknown;
  throw new UsageError(`${location.path} does not export a function named ${location.name}.`);
}

/** Of the nearest package.json upwards that has the setting. */
export function settingOf(
  start: string,
  name: string,
): { readonly base: string; readonly value: string } | undefined {
  for (let base = resolve(start); ; base = dirname(base)) {
    const value = settingsIn(base)?.settings[name];
    if (typeof value === 'string') return { base, value };
    if (dirname(base) === base) return undefined;
  }
}

function loadExport({ path, name }: Location, hint: string): unknown {
  if (!existsSync(path)) throw new UsageError(`${path} does not exist; ${hint}`);
  // Loads ES modules too (Node 20.19 and later).
  return (createRequire(path)(path) as Record<string, unknown>)[name];
}

function isModule(value: unknown): value is ApplicationModule {
  return typeof value === 'function' || (typeof value === 'object' && value !== null);
}

function locate(base: string, named: string): Location {
  const [file = '', name = '', ...rest] = named.split('#');
  if (file === '' || name === '' || rest.length > 0) {
    throw new UsageError(
      `"${named}" is not of the form file#Export, for example dist/app.module.js#AppModule.`,
    );
  }
  return { path: resolve(base, file), name };
}

function settingsIn(base: string): PackageSettings | undefined {
  const path = join(base, 'package.json');
  if (!existsSync(path)) return undefined;
  const found = JSON.parse(readFileSync(path, 'utf8')) as { portcullis?: unknown } | null;
  const settings = found?.portcullis;
  if (typeof settings !== 'object' || settings === null) return undefined;
  return { base, settings: { ...settings } };
}
