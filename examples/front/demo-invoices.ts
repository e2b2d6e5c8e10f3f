import type { DemoAccount } from './reference-server';

const CUSTOMERS = [
  'Hartmann & Söhne GmbH',
  'Northwind Traders',
  'Aurora Robotics',
  'Blue Harbour Logistics',
  'Café Lindner',
  'Kestrel Aerospace',
  'Meridian Health',
  'Old Mill Bakery',
  'Pacific Timber Co.',
  'Studio Fjord',
  'Vela Energy',
  'Whitfield & Partners',
] as const;

const CURRENCIES = ['EUR', 'EUR', 'USD', 'GBP'] as const;
const COUNT = 34;

/** Writes invoices as the clerk, and approves two of three as the approver, over HTTP as anybody would. */
export async function makeDemoInvoices(
  apiUrl: string,
  accounts: readonly DemoAccount[],
): Promise<void> {
  const signIn = async (role: string): Promise<string> => {
    const { email, password } = accounts.find((account) => account.role === role) ?? {};
    const body = { email, password, transport: 'body' };
    const { access_token } = await send<{ access_token: string }>('POST', `${apiUrl}/auth/login`, {
      body,
    });
    return access_token;
  };
  await nameAdministrator(apiUrl, await signIn('administrator'));
  const [clerk, approver] = await Promise.all([signIn('clerk'), signIn('approver')]);
  for (let index = 0; index < COUNT; index += 1) {
    const invoice = {
      number: `INV-2026-${String(index + 1).padStart(4, '0')}`,
      customer: CUSTOMERS[(index * 5) % CUSTOMERS.length],
      amountCents: 4_900 + ((index * 7_919_377) % 1_863_000),
      currency: CURRENCIES[index % CURRENCIES.length],
    };
    const { id } = await send<{ id: string }>('POST', `${apiUrl}/invoices`, {
      token: clerk,
      body: invoice,
    });
    if (index % 3 === 1) continue;
    await send('POST', `${apiUrl}/invoices/${id}/approve`, { token: approver });
  }
}

/** The first administrator is made without a name. */
async function nameAdministrator(apiUrl: string, token: string): Promise<void> {
  const { user } = await send<{ user: { id: string } }>('GET', `${apiUrl}/auth/session`, { token });
  const body = { displayName: 'Demo administrator' };
  await send('PATCH', `${apiUrl}/admin/users/${user.id}`, { token, body });
}

interface Sent {
  readonly token?: string;
  readonly body?: object;
}

async function send<Answer>(
  method: 'GET' | 'POST' | 'PATCH',
  url: string,
  { token, body }: Sent,
): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) {
    throw new Error(`${method} ${url} answered ${answer.status}: ${await answer.text()}`);
  }
  return (await answer.json()) as Answer;
}
