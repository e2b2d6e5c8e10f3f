import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { accessTypes } from '../access-map/render-access-types';
import { print, sourceOf } from './global-options';
import { previewAccessMap } from './preview';
import type { Terminal } from './terminal';

interface TypesOptions {
  readonly file: string;
  readonly check?: boolean;
}

/** Pages are built with permissions that the server does not know any more, or not yet. */
class AccessTypesOutdatedError extends Error {
  override readonly name = 'AccessTypesOutdatedError';
  readonly code = 'access_types_outdated';
}

/** What pages may ask for, by code alone: it starts no application. */
export function addAccessTypesCommand(program: Command, terminal: Terminal): void {
  program
    .command('access:types')
    .description('write the permissions and roles as types for @portcullis/client')
    .option('--file <path>', 'the module to write, which is committed', 'access.gen.ts')
    .option('--check', 'write nothing; fail when the file is not what would be written')
    .action((options: TypesOptions, command: Command) => types(options, command, terminal));
}

async function types(
  { file, check = false }: TypesOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const lock = (await previewAccessMap(sourceOf(command, terminal))).lock();
  const [permissions, roles] = [lock.permissions.length, Object.keys(lock.roles).length];
  const path = resolve(terminal.directory, file);
  const text = accessTypes(lock);
  const isCurrent = existsSync(path) && readFileSync(path, 'utf8') === text;
  if (check && !isCurrent) {
    throw new AccessTypesOutdatedError(
      `${file} does not say what the catalogue says; run "portcullis access:types --file ${file}" and commit it`,
    );
  }
  if (!isCurrent) writeFileSync(path, text);
  print(command, terminal, {
    text: `${file} ${isCurrent ? 'is current' : 'written'}: ${permissions} permissions, ${roles} roles`,
    json: { file, permissions, roles, written: !isCurrent },
  });
}
