import type { Finding } from '../../src/doctor/finding';
import { startReferenceServer, type ReferenceServer } from '../flows/reference-server';
import { record } from '../command-line/recording-terminal';
import { freePort } from '../support/free-port';
import { PgBouncer } from '../support/pgbouncer';
import { describeWith } from '../support/system-program';
import { execute } from '../support/test-server';
import { FAULTS, put } from './faults';
import { startWrongServer, type Fault, type WrongServer } from './wrong-server';

jest.setTimeout(120_000);

interface Report {
  readonly exitCode: number;
  readonly failures: number;
  readonly warnings: number;
  readonly requests: number;
  readonly findings: readonly Finding[];
}

let server: ReferenceServer;
const proxies: WrongServer[] = [];

beforeAll(async () => {
  const port = await freePort();
  const limits = {
    THROTTLE_PAGES_LIMIT: '100000',
    THROTTLE_ACCOUNT_LIMIT: '100000',
    THROTTLE_APPLICATION_LIMIT: '100000',
  };
  const publicUrl = `http://localhost:${port}`;
  server = await startReferenceServer({ PUBLIC_URL: publicUrl, ...limits });
});

afterAll(async () => {
  for (const proxy of proxies) await proxy.close();
  await server.stop();
});

/** A port that was free a moment ago: the server has to know its public URL before it listens. */

async function examine(url: string, ...args: string[]): Promise<Report> {
  const { exitCode, stdout } = await record(['doctor', url, '--json', ...args]);
  return { exitCode, ...(JSON.parse(stdout) as Omit<Report, 'exitCode'>) };
}

/** Behind a proxy that says the URL it is reached by wherever the server says its own. */
async function behind(fault: Fault): Promise<WrongServer> {
  const own = process.env.PUBLIC_URL ?? '';
  const proxy: WrongServer = await startWrongServer(server.url, {
    ...fault,
    before: (incoming) => {
      const { origin } = incoming.headers;
      if (origin === proxy.url) incoming.headers.origin = own;
      fault.before?.(incoming);
    },
    head: (headers, incoming) => {
      if (headers['access-control-allow-origin'] === own) {
        headers['access-control-allow-origin'] = proxy.url;
      }
      fault.head?.(headers, incoming);
    },
    body: (text, incoming) => {
      const said = text.replaceAll(own, proxy.url);
      return fault.body?.(said, incoming) ?? said;
    },
  });
  proxies.push(proxy);
  return proxy;
}

function complaints({ findings }: Report): string[] {
  return findings
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ check, verdict, message }) => `${verdict} ${check}: ${message}`);
}

describe('a server that is well', () => {
  it('nothing is found, within the bound of requests, and no credential is sent', async () => {
    const proxy = await behind({});
    const report = await examine(proxy.url, '--remote');
    expect(complaints(report)).toEqual([]);
    expect(report).toMatchObject({ exitCode: 0, failures: 0, warnings: 0 });
    expect(proxy.seen.length).toBe(report.requests);
    expect(report.requests).toBeLessThanOrEqual(80);
    for (const { headers } of proxy.seen) {
      expect(headers.authorization).toBeUndefined();
      expect(headers.cookie ?? '').not.toMatch(/refresh|session|device/);
    }
    const checks = [...new Set(report.findings.map(({ check }) => check))];
    expect(checks).toEqual([
      'metadata',
      'keys',
      'tls',
      'route',
      'clock',
      'caching',
      'headers',
      'cookies',
      'cors',
      'cors-own',
      'forgery',
      'bodies',
      'forwarding',
    ]);
  });

  it('the report for people is a table with a remedy below each complaint', async () => {
    const proxy = await behind({ head: put('referrer-policy', undefined) });
    const { exitCode, stdout } = await record(['doctor', proxy.url, '--remote']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ok {7}keys {12}1 public, none private$/m);
    expect(stdout).toMatch(/^warning {2}headers {9}Referrer-Policy is missing\n {25}→ send /m);
    expect(stdout).toMatch(/^0 failures, 1 warnings, \d+ requests\.$/m);
  });
});

describe('a server that is not', () => {
  it.each(FAULTS)('%s is told, with a remedy', async (_name, fault, expected) => {
    const report = await examine((await behind(fault)).url, '--remote');
    expect(complaints(report)).toContainEqual(expect.stringMatching(expected));
    for (const { verdict, remedy } of report.findings) {
      expect(remedy === undefined).toBe(verdict === 'ok');
    }
    expect(report.exitCode).toBe(report.failures > 0 ? 1 : 0);
  });

  it('one hop too many lets a client choose its address: the real server shows it', async () => {
    const before = { ...process.env };
    const publicUrl = 'http://localhost:3000';
    const trusting = await startReferenceServer({ PUBLIC_URL: publicUrl, PROXY_HOPS: '1' });
    try {
      const report = await examine(trusting.url, '--remote', '--origin', publicUrl);
      expect(complaints(report)).toContainEqual(
        expect.stringMatching(/^failure forwarding: x-forwarded-for/),
      );
    } finally {
      await trusting.stop();
      delete process.env.PROXY_HOPS;
      Object.assign(process.env, before);
    }
  });

  it('a redirect to another host is not followed', async () => {
    const elsewhere = await startWrongServer(server.url, {});
    proxies.push(elsewhere);
    const proxy = await behind({
      instead: (_incoming, response) => {
        response.writeHead(302, { location: `${elsewhere.url}/` }).end();
        return true;
      },
    });
    const report = await examine(proxy.url, '--remote');
    expect(report.exitCode).toBe(1);
    expect(elsewhere.seen).toEqual([]);
  });

  it('an endless answer and a silent server end within their bounds', async () => {
    const endless = await behind({
      instead: (_incoming, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const write = () => {
          while (response.writable && response.write('x'.repeat(65_536)));
        };
        response.on('drain', write);
        write();
        return true;
      },
    });
    expect((await examine(endless.url, '--remote')).exitCode).toBe(1);
    const silent = await behind({ instead: () => true });
    const startedAt = performance.now();
    const report = await examine(silent.url, '--remote');
    expect(complaints(report)).toEqual([expect.stringMatching(/^failure reachable/)]);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it('a server that is not there is told', async () => {
    const report = await examine(`http://127.0.0.1:${await freePort()}`, '--remote');
    expect(complaints(report)).toEqual([expect.stringMatching(/^failure reachable: .*REFUSED/)]);
  });

  it.each([
    ['ftp://a.test'],
    ['http://user:secret@a.test'],
    ['http://a.test/?q'],
    ['a.test'],
    ['http://a.test', '--origin', 'http://a.test/'],
    ['http://a.test', '--prefix', '../x'],
  ])('%s %s %s is no patient', async (...args) => {
    const { exitCode, stderr } = await record(['doctor', ...args.filter(Boolean)]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('usage');
    expect(stderr).not.toContain('secret');
  });
});

describe('the application behind it', () => {
  const APP = ['--app', 'server/app.module.ts#AppModule'];

  it('settings, secrets, migrations, the clock of the database and the pooler are well', async () => {
    const report = await examine(server.url, ...APP);
    const inside = report.findings.filter(({ check }) => INSIDE.includes(check));
    expect(inside.map(({ check, verdict }) => [check, verdict])).toEqual(
      INSIDE.map((check) => [check, 'ok']),
    );
  });

  it('a pending migration is told', async () => {
    const url = process.env.DATABASE_URL ?? '';
    const [last] = await execute(url, 'SELECT * FROM migrations ORDER BY id DESC LIMIT 1');
    await execute(url, `DELETE FROM migrations WHERE id = ${String(last?.id)}`);
    try {
      const report = await examine(server.url, ...APP);
      expect(complaints(report)).toContainEqual(
        `failure migrations: ${String(last?.name)} is pending`,
      );
    } finally {
      const row = `${String(last?.id)}, ${String(last?.timestamp)}, '${String(last?.name)}'`;
      await execute(url, `INSERT INTO migrations (id, timestamp, name) VALUES (${row})`);
    }
  });

  describeWith('pgbouncer', 'behind a pooler', () => {
    it('is told of notifications that would be swallowed', async () => {
      const pooler = await PgBouncer.before(process.env.DATABASE_URL ?? '', 10);
      try {
        const through = await withVariable('DATABASE_LISTEN_URL', pooler.url, () =>
          examine(server.url, ...APP),
        );
        expect(complaints(through)).toContainEqual(
          expect.stringMatching(/^failure pooler: .*notifications are lost/),
        );
        const direct = await withVariable(
          'DATABASE_LISTEN_URL',
          process.env.DATABASE_URL ?? '',
          () =>
            withVariable('DATABASE_POOLER', 'transaction', () =>
              withVariable('DATABASE_URL', pooler.url, () => examine(server.url, ...APP)),
            ),
        );
        expect(direct.findings).toContainEqual(
          expect.objectContaining({
            check: 'pooler',
            verdict: 'ok',
            message: expect.stringContaining('transaction mode') as string,
          }),
        );
      } finally {
        await pooler.stop();
      }
    });
  });

  it('a weak secret stops the application, and is told without being shown', async () => {
    const report = await withVariable(
      'PORTCULLIS_SECRETS',
      'changeme-changeme-changeme-changeme',
      () => examine(server.url, ...APP),
    );
    expect(complaints(report)).toContainEqual(
      expect.stringMatching(/^failure application: .*PORTCULLIS_SECRETS\[0\]/s),
    );
    expect(JSON.stringify(report)).not.toContain('changeme-');
  });

  it('a secret of words and contradictory settings are told', async () => {
    const words = 'purple monkey dishwasher orbit kettle lantern';
    const report = await withVariable('PORTCULLIS_SECRETS', words, () =>
      withVariable('ORIGINS', 'https://app.example.com', () => examine(server.url, ...APP)),
    );
    expect(complaints(report)).toContainEqual(
      expect.stringMatching(/^warning secrets: secrets\[0\] reads like words/),
    );
    expect(complaints(report)).toContainEqual(
      expect.stringMatching(/^warning settings: .*another site/),
    );
    expect(JSON.stringify(report)).not.toContain('dishwasher');
  });
});

const INSIDE = ['secrets', 'settings', 'migrations', 'database-clock', 'pooler'];

async function withVariable<Result>(
  name: string,
  value: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = process.env[name];
  process.env[name] = value;
  try {
    return await work();
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before;
  }
}
