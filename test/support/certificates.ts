import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate that nobody but its own authority vouches for, for the address 127.0.0.1 alone. */
export interface TestCertificate {
  /** PEM file of the authority. */
  readonly caFile: string;
  readonly ca: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  remove(): void;
}

/** Whether this machine has `openssl`; Node makes keys and no certificates. */
export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** @param owner the user who has to read the key, where it is another than this one */
export function makeCertificate(owner?: number): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-tls-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...given: readonly string[]) =>
    execFileSync('openssl', given, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=test authority',
    '-days',
    '2',
  );
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=test server');
  writeFileSync(at('names.ext'), 'subjectAltName=IP:127.0.0.1\n');
  openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'server.crt',
    '-days',
    '2',
    '-extfile',
    'names.ext',
  );
  if (owner !== undefined) {
    for (const file of [folder, at('server.key'), at('server.crt')]) chownSync(file, owner, owner);
  }
  return {
    caFile: at('ca.crt'),
    ca: readFileSync(at('ca.crt'), 'utf8'),
    certificateFile: at('server.crt'),
    keyFile: at('server.key'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
