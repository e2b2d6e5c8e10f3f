import { findings, type Complaint, type Finding } from './finding';
import { objectIn, type Answer, type Probe } from './probe';

/** What a page of another origin needs to read of an answer; browsers hide all but a few headers. */
const NEEDED_BY_CLIENTS = ['date', 'retry-after', 'www-authenticate'];

const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

/** Whether pages of strangers can neither read answers nor change anything (CK-6, CK-7, CK-10). */
export async function checkOrigins(probe: Probe, prefix: string, own: string): Promise<Finding[]> {
  return [
    ...(await checkForeignOrigins(probe, prefix, own)),
    ...(await checkOwnOrigin(probe, prefix, own)),
    ...(await checkForgery(probe, prefix, own)),
    ...(await checkBodies(probe, prefix, own)),
  ];
}

/** Origins that a careless comparison takes for an allowed one. */
function impostorsOf(own: string): string[] {
  const { protocol, hostname, host, port } = new URL(own);
  return [
    'null',
    'https://doctor.invalid',
    `${protocol}//${host}.doctor.invalid`,
    `${protocol}//doctor-${host}`,
    `${protocol}//doctor.${host}`,
    `${protocol}//${hostname}.${port === '' ? '' : `:${port}`}`,
    `${protocol}//${hostname}:${port === '44443' ? '44444' : '44443'}`,
    `${protocol === 'https:' ? 'http:' : 'https:'}//${host}`,
    own.toUpperCase(),
  ];
}

async function checkForeignOrigins(probe: Probe, prefix: string, own: string): Promise<Finding[]> {
  const failures: Complaint[] = [];
  for (const origin of impostorsOf(own)) {
    for (const method of ['GET', 'OPTIONS'] as const) {
      const answer = await probe.ask(`/${prefix}/session`, {
        method,
        headers: { origin, ...(method === 'OPTIONS' ? PREFLIGHT : {}) },
      });
      const allowed = answer.headers['access-control-allow-origin'];
      if (allowed === origin || (allowed === '*' && allowsCredentials(answer))) {
        failures.push({
          message: `CORS lets ${origin} in (${method}: Access-Control-Allow-Origin: ${allowed})`,
          remedy: 'give enableCors a list of exact origins, no pattern, function or true (CK-10)',
        });
        break;
      }
    }
  }
  return findings('cors', 'no foreign origin is let in', { failures });
}

const PREFLIGHT = {
  'access-control-request-method': 'GET',
  'access-control-request-headers': 'authorization,x-csrf',
};

async function checkOwnOrigin(probe: Probe, prefix: string, origin: string): Promise<Finding[]> {
  const answer = await probe.ask(`/${prefix}/session`, { headers: { origin } });
  const allowed = answer.headers['access-control-allow-origin'];
  const isOtherOrigin = origin !== probe.base.origin;
  if (allowed !== origin) {
    if (!isOtherOrigin) return findings('cors-own', 'one origin: CORS is not needed', {});
    const message = `CORS does not let ${origin} in`;
    const remedy = 'name it in enableCors({ origin: […], credentials: true }) and in origins';
    return findings('cors-own', '', { failures: [{ message, remedy }] });
  }
  const exposed = (answer.headers['access-control-expose-headers'] ?? '').toLowerCase();
  const hidden = NEEDED_BY_CLIENTS.filter((name) => !exposed.split(/\s*,\s*/).includes(name));
  const vary = (answer.headers.vary ?? '').toLowerCase();
  return findings('cors-own', `${origin} may call with credentials`, {
    failures: allowsCredentials(answer)
      ? []
      : [
          {
            message: `CORS lets ${origin} in, but without its cookies`,
            remedy: 'set credentials: true in enableCors',
          },
        ],
    warnings: [
      ...(hidden.length === 0
        ? []
        : [
            {
              message: `pages of ${origin} cannot read ${hidden.join(', ')}`,
              remedy: `add them to exposedHeaders in enableCors: clients wait and set their clocks by them`,
            },
          ]),
      ...(/(?:^|,)\s*(?:origin|\*)\s*(?:,|$)/.test(vary)
        ? []
        : [
            {
              message: 'answers differ by Origin and do not say so in Vary',
              remedy: 'send Vary: Origin, or a cache gives one site the answer of another',
            },
          ]),
    ],
  });
}

async function checkForgery(probe: Probe, prefix: string, own: string): Promise<Finding[]> {
  const failures: Complaint[] = [];
  for (const origin of ['null', 'https://doctor.invalid', `${own}.doctor.invalid`]) {
    const answer = await logout(probe, prefix, origin, 'application/json');
    if (answer.status === 403 && objectIn(answer)?.code === 'origin_refused') continue;
    failures.push({
      message: `a logout from the foreign origin ${origin} answers ${answer.status}, not 403`,
      remedy: 'let the proxy pass Origin on unchanged; the guards compare it (CK-6)',
    });
  }
  return findings('forgery', 'requests of foreign pages are refused', { failures });
}

async function checkBodies(probe: Probe, prefix: string, own: string): Promise<Finding[]> {
  const failures: Complaint[] = [];
  for (const type of FORM_TYPES) {
    const { status } = await logout(probe, prefix, own, type);
    if (status === 415) continue;
    failures.push({
      message: `a body of type ${type} answers ${status}, not 415`,
      remedy: 'do not parse forms for every route; the guards refuse them (CK-7)',
    });
  }
  return findings('bodies', 'bodies that a form can send are refused', { failures });
}

function logout(probe: Probe, prefix: string, origin: string, type: string): Promise<Answer> {
  return probe.ask(`/${prefix}/logout`, {
    method: 'POST',
    body: '{}',
    headers: { origin, 'content-type': type, 'x-csrf': '1' },
  });
}

function allowsCredentials({ headers }: Answer): boolean {
  return headers['access-control-allow-credentials'] === 'true';
}
