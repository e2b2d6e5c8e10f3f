import { openRedisClient } from '../../src/throttling/redis-client';
import { testOptions } from '../support/auth-options';
import { hasOpenssl, makeCertificate, type TestCertificate } from '../support/certificates';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { freePort } from '../support/free-port';
import { RedisServer } from '../support/redis-server';
import { startServerProcess, type ServerProcess } from '../support/server-process';
import { describeWith } from '../support/system-program';

const FIRST_WORD_OF_KEYS = 'portcullis*';

describeWith(hasOpenssl ? 'redis-server' : 'openssl', 'CR-7: TLS to Redis', () => {
  let certificate: TestCertificate;
  let database: TestDatabase;
  let redis: RedisServer;
  let url: string;

  beforeAll(async () => {
    certificate = makeCertificate();
    database = await emptyDatabase();
    const tlsPort = await freePort();
    redis = await RedisServer.start(
      ...['--tls-port', String(tlsPort), '--tls-auth-clients', 'no'],
      ...['--tls-cert-file', certificate.certificateFile, '--tls-key-file', certificate.keyFile],
      ...['--tls-ca-cert-file', certificate.caFile],
    );
    url = `rediss://127.0.0.1:${tlsPort}`;
  }, 60_000);

  afterAll(async () => {
    await redis.stop();
    await database.drop();
    certificate.remove();
  }, 60_000);

  /** How many keys a server has made in Redis after somebody knocked at it. */
  async function keysAfterLogin(variables: Record<string, string>): Promise<number> {
    await redis.ask((plain) => plain.flushall());
    const server: ServerProcess = await startServerProcess(database.url, {
      REDIS_URL: url,
      ...variables,
    });
    try {
      const answer = await fetch(`${server.url}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'nobody@example.org', password: 'wrong', transport: 'body' }),
      });
      expect(answer.status).toBe(401);
      return (await redis.ask((plain) => plain.keys(FIRST_WORD_OF_KEYS))).length;
    } finally {
      await server.stop();
    }
  }

  it('refuses a certificate that nobody known vouches for', async () => {
    const options = testOptions({ redis: { url } }).redis;
    const client = await openRedisClient(options!);
    const refused = new Promise<Error>((told) => client.on('error', told));
    try {
      await expect(client.connect()).rejects.toThrow();
      expect(await refused).toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    } finally {
      client.disconnect();
    }
  });

  it('and counts alone rather than give it anything', async () => {
    expect(await keysAfterLogin({})).toBe(0);
  }, 60_000);

  it('accepts it where its authority is among those that Node trusts', async () => {
    const counted = await keysAfterLogin({ NODE_EXTRA_CA_CERTS: certificate.caFile });
    expect(counted).toBeGreaterThan(0);
  }, 60_000);
});
