import { findings, type Complaint, type Finding } from './finding';
import type { Answer, Probe } from './probe';

const JSON_HEADERS = { 'content-type': 'application/json', 'x-csrf': '1' };

/** Holds no secret: it only tells a script that there may be a session. */
const HINTS = '__Host-portcullis-hint=doctor; portcullis-hint=doctor';

/** Whether the cookies have the attributes that keep scripts and neighbouring hosts away (CK-1 to CK-3). */
export async function checkCookies(
  probe: Probe,
  prefix: string,
  origin: string,
): Promise<Finding[]> {
  const answer = await probe.ask(`/${prefix}/logout`, {
    method: 'POST',
    body: '{}',
    headers: { ...JSON_HEADERS, origin, cookie: HINTS },
  });
  const cookies = (answer.headers['set-cookie'] ?? []).filter((line) =>
    line.includes('portcullis'),
  );
  if (cookies.length === 0) return findings('cookies', '', { warnings: [unseen(answer, origin)] });
  return findings('cookies', `${cookies.length} with every attribute they need`, {
    failures: cookies.flatMap(cookieComplaints),
  });
}

function unseen({ status }: Answer, origin: string): Complaint {
  return {
    message: `a logout from ${origin} sets no cookie of ours to look at (status ${status})`,
    remedy: 'name an allowed origin by --origin',
  };
}

function cookieComplaints(line: string): Complaint[] {
  const [pair = '', ...rest] = line.split(';').map((part) => part.trim());
  const name = pair.slice(0, pair.indexOf('='));
  const attributes = new Map(
    rest.map((part) => {
      const [key = '', value = ''] = part.split('=');
      return [key.toLowerCase(), value] as const;
    }),
  );
  const isForScripts = name.endsWith('portcullis-hint');
  const wrong = [
    ...(name.startsWith('__Host-') ? [] : ['the prefix __Host-']),
    ...(attributes.has('secure') ? [] : ['Secure']),
    ...(attributes.has('httponly') || isForScripts ? [] : ['HttpOnly']),
    ...(/^(?:strict|lax)$/i.test(attributes.get('samesite') ?? '') ? [] : ['SameSite']),
    ...(attributes.get('path') === '/' ? [] : ['Path=/']),
    ...(attributes.has('domain') ? ['the absence of Domain'] : []),
  ];
  if (wrong.length === 0) return [];
  const remedy =
    'leave cookies.preset out, and let the proxy neither rewrite cookies nor their attributes';
  return [{ message: `cookie ${name} lacks ${wrong.join(', ')}`, remedy }];
}
