import { isLoopback } from '../options/site-of';
import { findings, type Complaint, type Finding } from './finding';
import type { Answer, Probe } from './probe';

const HSTS_SECONDS = 31_536_000;
const SKEW_WARNING_MS = 5000;
const SKEW_FAILURE_MS = 60_000;

/** Every answer of ours names the server's clock, forbids caches and tells browsers what not to do. */
export async function checkAnswers(probe: Probe, prefix: string): Promise<Finding[]> {
  const session = await probe.ask(`/${prefix}/session`);
  return [
    ...checkTransport(probe),
    ...checkRoute(session, prefix),
    ...checkClock('clock', session.headers.date, session.at),
    ...checkCaching(session),
    ...checkSecurityHeaders(probe, session),
  ];
}

function checkTransport({ base }: Probe): Finding[] {
  const isSafe = base.protocol === 'https:' || isLoopback(base.hostname);
  return findings(
    'tls',
    base.protocol === 'https:' ? 'the URL is https' : 'plain http on loopback',
    {
      failures: isSafe
        ? []
        : [
            {
              message: 'the URL is plain http: passwords and cookies travel in the clear',
              remedy: 'end TLS in front of the server and examine the https URL',
            },
          ],
    },
  );
}

function checkRoute({ status }: Answer, prefix: string): Finding[] {
  const complaint = {
    message: `GET /${prefix}/session without a credential answers ${status}, not 401`,
    remedy: 'name the URL of the API and, where it is not "auth", --prefix',
  };
  return findings('route', `/${prefix} asks for a credential`, {
    failures: status === 401 ? [] : [complaint],
  });
}

/** How far a clock is from ours. Tokens are compared with tolerances of seconds. */
export function checkClock(check: string, date: string | undefined, at: number): Finding[] {
  const server = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(server)) {
    const message = 'the answer has no Date';
    const remedy = 'let the proxy keep the header: clients correct their clocks by it';
    return findings(check, '', { warnings: [{ message, remedy }] });
  }
  // `Date` has whole seconds: what it says is up to one second ago.
  const skew = Math.round(Math.max(0, Math.abs(server + 500 - at) - 500));
  const complaint = {
    message: `differs from the clock of this machine by ${(skew / 1000).toFixed(1)} s`,
    remedy: 'run NTP on both; tokens of a clock that is ahead are refused elsewhere',
  };
  return findings(check, `within ${SKEW_WARNING_MS / 1000} s of this machine`, {
    failures: skew > SKEW_FAILURE_MS ? [complaint] : [],
    warnings: skew > SKEW_WARNING_MS && skew <= SKEW_FAILURE_MS ? [complaint] : [],
  });
}

function checkCaching({ headers }: Answer): Finding[] {
  const isKeptOut = /(?:^|,)\s*no-store\s*(?:,|$)/i.test(headers['cache-control'] ?? '');
  const complaint = {
    message: `answers about sessions say ${JSON.stringify(headers['cache-control'] ?? null)}, not no-store`,
    remedy: 'let the proxy keep Cache-Control: no-store (SS-11)',
  };
  return findings('caching', 'answers about sessions are kept out of caches', {
    failures: isKeptOut ? [] : [complaint],
  });
}

function checkSecurityHeaders({ base }: Probe, { headers }: Answer): Finding[] {
  const warnings: Complaint[] = [];
  const age = /(?:^|;)\s*max-age="?(\d+)/i.exec(headers['strict-transport-security'] ?? '')?.[1];
  if (base.protocol === 'https:' && Number(age ?? 0) < HSTS_SECONDS) {
    warnings.push({
      message: 'Strict-Transport-Security is missing or shorter than a year',
      remedy: 'send max-age=63072000; includeSubDomains (CK-11)',
    });
  }
  if (!/^nosniff$/i.test(String(headers['x-content-type-options']))) {
    warnings.push({
      message: 'X-Content-Type-Options is not nosniff',
      remedy: 'use helmet, or set it in the proxy (CK-12)',
    });
  }
  const policy = String(headers['content-security-policy']);
  if (!/frame-ancestors/i.test(policy) && headers['x-frame-options'] === undefined) {
    warnings.push({
      message: 'nothing forbids other sites to frame these answers',
      remedy: `send Content-Security-Policy: frame-ancestors 'none' (CK-12)`,
    });
  }
  if (headers['referrer-policy'] === undefined) {
    warnings.push({
      message: 'Referrer-Policy is missing',
      remedy: 'send no-referrer, or same-origin on pages with forms (CK-12)',
    });
  }
  if (headers['x-powered-by'] !== undefined) {
    warnings.push({
      message: 'X-Powered-By tells what the server is made of',
      remedy: 'switch it off, for example app.disable("x-powered-by")',
    });
  }
  return findings('headers', 'security headers are complete', { warnings });
}
