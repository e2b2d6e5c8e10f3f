import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError, type PasswordPepper } from '@portcullis/nest';

/** The secrets of one developer's machine. */
export interface DevelopmentSecrets {
  readonly secrets: readonly string[];
  readonly peppers: readonly PasswordPepper[];
}

/** Where the secrets of a data directory lie. */
export function developmentSecretsPath(dataDirectory: string): string {
  return join(dataDirectory, 'secrets', 'development.json');
}

/**
 * The generated secrets of a data directory; the first start makes them.
 *
 * The folder is its own, with mode 0700, because the embedded PostgreSQL beside it runs as another
 * user. Processes that start together agree: each writes a draft, and a link, which never replaces,
 * lets one draft become the file.
 *
 * @throws ConfigurationError when the file is damaged or others can read it
 */
export function developmentSecrets(dataDirectory: string): DevelopmentSecrets {
  const path = developmentSecretsPath(dataDirectory);
  return read(path) ?? create(dataDirectory, path);
}

function create(dataDirectory: string, path: string): DevelopmentSecrets {
  mkdirSync(join(dataDirectory, 'secrets'), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  try {
    writeDraft(draft, {
      secrets: [randomSecret()],
      peppers: [{ version: 1, secret: randomSecret() }],
    });
    linkSync(draft, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return read(path) ?? refuse(path, 'a file that stays where it is', 'it was deleted meanwhile');
}

function writeDraft(path: string, secrets: DevelopmentSecrets): void {
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    writeSync(descriptor, `${JSON.stringify(secrets, undefined, 2)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function read(path: string): DevelopmentSecrets | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const isExposed = process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
  if (isExposed) refuse(path, 'readable by its owner only (chmod 600)', 'others could sign tokens');
  return parse(text) ?? refuse(path, 'the JSON that was generated', 'it was changed or damaged');
}

function parse(text: string): DevelopmentSecrets | undefined {
  try {
    const found = JSON.parse(text) as Partial<DevelopmentSecrets> | null;
    return Array.isArray(found?.secrets) && Array.isArray(found.peppers)
      ? { secrets: found.secrets as string[], peppers: found.peppers as PasswordPepper[] }
      : undefined;
  } catch {
    return undefined;
  }
}

function refuse(path: string, bound: string, reason: string): never {
  throw new ConfigurationError([{ option: path, bound, reason }]);
}

function randomSecret(): string {
  return randomBytes(48).toString('base64url');
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code;
}
