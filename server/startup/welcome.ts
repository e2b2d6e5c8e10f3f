import type { ServerEnvironment } from '../env';
import type { FirstAccount, FirstAccountsOutcome } from './first-accounts';

/** What is printed after a start: who can sign in, and what to try next. */
export function welcome(
  environment: ServerEnvironment,
  baseUrl: string,
  { accounts, administratorIgnored }: FirstAccountsOutcome,
): string {
  const lines = [...accountLines(accounts)];
  if (administratorIgnored) lines.push(ignoredLine(environment));
  if (!environment.isProduction) lines.push(...tryNext(environment, baseUrl, accounts));
  return lines.join('\n');
}

function accountLines(accounts: readonly FirstAccount[]): string[] {
  if (accounts.length === 0) return [];
  const width = Math.max(...accounts.map(({ email }) => email.length));
  const shown = accounts.filter(({ password }) => password !== undefined);
  if (shown.length > 0) {
    return [
      '',
      'Accounts made by this start. Their passwords are stored nowhere and not printed again:',
      '',
      ...shown.map(
        ({ email, role, password }) => `  ${email.padEnd(width)}  ${role.padEnd(14)}${password}`,
      ),
    ];
  }
  return [
    '',
    `Accounts: ${accounts.map(({ email }) => email).join(', ')}.`,
    'Generated passwords were printed once, by the start that made the accounts. If they are lost:',
    '  npx --no portcullis create-account --email you@example.test --generate',
    '  npx --no portcullis assign --email you@example.test --role administrator',
  ];
}

function ignoredLine({ isProduction }: ServerEnvironment): string {
  const remedy = isProduction ? '' : '; see `npm run reset`';
  return `PORTCULLIS_ADMIN_EMAIL and PORTCULLIS_ADMIN_PASSWORD are ignored: the administrator was made by an earlier start${remedy}.`;
}

function tryNext(
  environment: ServerEnvironment,
  baseUrl: string,
  accounts: readonly FirstAccount[],
): string[] {
  const clerk = accounts.find(({ role }) => role === 'clerk');
  const email = clerk?.email ?? 'you@example.test';
  const password = clerk?.password ?? 'THE-PASSWORD';
  const [origin = baseUrl] = environment.origins;
  const json = `-H 'content-type: application/json'`;
  const login = JSON.stringify({ email, password });
  const bodyLogin = JSON.stringify({ email, password, transport: 'body' });
  const invoice = JSON.stringify({
    number: 'INV-1',
    customer: 'Acme Ltd.',
    amountCents: 129_900,
    currency: 'EUR',
  });
  const token = `TOKEN=$(curl -s -X POST ${baseUrl}/auth/login ${json} -d '${bodyLogin}' | node -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).access_token')`;
  return [
    '',
    `API       ${baseUrl}`,
    `OpenAPI   ${baseUrl}/docs`,
    ...(environment.forms === 'on'
      ? [`Pages     ${baseUrl}/pages/login, which need no script`]
      : []),
    '',
    'Try next:',
    '',
    '  # sign in as a program does, write an invoice, list the invoices',
    `  ${token}`,
    `  curl -s -X POST ${baseUrl}/invoices -H "authorization: Bearer $TOKEN" ${json} -d '${invoice}'`,
    `  curl -s ${baseUrl}/invoices -H "authorization: Bearer $TOKEN"`,
    '',
    '  # sign in as a browser does: the refresh token stays in a cookie that scripts cannot read',
    `  curl -s -c cookies.txt -X POST ${baseUrl}/auth/login -H 'origin: ${origin}' ${json} -d '${login}'`,
    `  curl -s -b cookies.txt -c cookies.txt -X POST ${baseUrl}/auth/refresh -H 'origin: ${origin}' -H 'x-csrf: 1'`,
    '',
  ];
}
