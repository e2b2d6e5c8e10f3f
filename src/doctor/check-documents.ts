import { findings, type Complaint, type Finding } from './finding';
import { objectIn, type Answer, type Probe } from './probe';

const METADATA_PATH = '/.well-known/oauth-authorization-server';

/** Members of a JWK that only its owner may know (RFC 7518 §6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;

/** Whether a resource server that knows nothing but the URL finds the issuer and its keys. */
export async function checkDocuments(probe: Probe): Promise<Finding[]> {
  const issuer = issuerOf(probe);
  const metadata = objectIn(await askForMetadata(probe));
  if (metadata === undefined) {
    return findings('metadata', '', {
      failures: [
        {
          message: `${METADATA_PATH} does not answer with JSON`,
          remedy: 'let the proxy pass /.well-known on to the server (RFC 8414)',
        },
      ],
    });
  }
  const failures: Complaint[] = [];
  if (metadata.issuer !== issuer) {
    failures.push({
      message: `the issuer is ${JSON.stringify(metadata.issuer)}, but clients reach it as ${issuer}`,
      remedy:
        'make the option issuer the URL that clients use, character by character (RFC 8414 §3.3)',
    });
  }
  return [
    ...findings('metadata', `the issuer is ${issuer}`, { failures }),
    ...(await checkKeys(probe, metadata.jwks_uri)),
  ];
}

/** RFC 8414 §3.1 puts the well-known part in front of a path of the issuer; we also serve it below. */
async function askForMetadata(probe: Probe): Promise<Answer> {
  const { pathname } = probe.base;
  if (pathname === '/') return probe.ask(METADATA_PATH);
  const inFront = await probe.askRoot(`${METADATA_PATH}${pathname}`);
  return objectIn(inFront) === undefined ? probe.ask(METADATA_PATH) : inFront;
}

async function checkKeys(probe: Probe, uri: unknown): Promise<Finding[]> {
  const url = typeof uri === 'string' && URL.canParse(uri) ? new URL(uri) : undefined;
  if (url?.origin !== probe.base.origin) {
    const message = `jwks_uri is ${JSON.stringify(uri)}, which is not on this host`;
    const remedy = 'make the option issuer the URL that clients use';
    return findings('keys', '', { failures: [{ message, remedy }] });
  }
  const keys = objectIn(await probe.askRoot(url.pathname))?.keys;
  if (!Array.isArray(keys) || keys.length === 0) {
    const message = `${url.pathname} holds no keys`;
    const remedy = 'let the proxy pass it on; the server makes its first key at its first start';
    return findings('keys', '', { failures: [{ message, remedy }] });
  }
  return findings('keys', `${keys.length} public, none private`, {
    failures: (keys as Readonly<Record<string, unknown>>[]).flatMap(keyComplaints),
  });
}

function keyComplaints(key: Readonly<Record<string, unknown>>): Complaint[] {
  const kid = JSON.stringify(key.kid ?? null);
  const exposed = PRIVATE_MEMBERS.filter((member) => key[member] !== undefined);
  if (exposed.length > 0 || key.kty === 'oct') {
    const message = `key ${kid} publishes what only its owner may know: ${exposed.join(', ')}`;
    return [{ message, remedy: 'revoke that key now: whoever read this can sign tokens' }];
  }
  if (key.kid === undefined || key.alg === undefined) {
    const message = `key ${kid} does not say its kid and its alg`;
    return [{ message, remedy: 'publish both, so that verifiers pin one algorithm per key' }];
  }
  return [];
}

/** The base as an issuer is written: without a slash at the end. */
function issuerOf({ base }: Probe): string {
  return `${base.origin}${base.pathname === '/' ? '' : base.pathname}`;
}
