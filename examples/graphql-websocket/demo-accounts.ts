import { randomBytes } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { AccountCreation, AssignmentsService, TenantsService, type RoleOf } from '@portcullis/nest';
import type { access } from './access';

/** An account to try the example with. */
export interface DemoAccount {
  readonly email: string;
  readonly password: string;
  readonly tenants: readonly string[];
}

const TENANTS_OF = {
  viewer: ['acme'],
  clerk: ['acme', 'globex'],
  auditor: ['acme'],
} as const satisfies Partial<Record<RoleOf<typeof access>, readonly string[]>>;

/** One account for each role, which it holds in its tenants and nowhere else. */
export async function makeDemoAccounts(app: INestApplicationContext): Promise<DemoAccount[]> {
  const tenants = app.get(TenantsService, { strict: false });
  const creation = app.get(AccountCreation, { strict: false });
  const assignments = app.get(AssignmentsService, { strict: false });
  const ids = new Map<string, string>();
  for (const [key, name] of Object.entries({ acme: 'Acme Ltd.', globex: 'Globex Corp.' })) {
    ids.set(key, (await tenants.create({ key, name })).id);
  }
  const made: DemoAccount[] = [];
  for (const [role, keys] of Object.entries(TENANTS_OF)) {
    const email = `${role}@example.test`;
    const password = randomBytes(18).toString('base64url');
    const { id } = await creation.create({ email, password, emailVerified: true });
    for (const key of keys) {
      const tenantId = ids.get(key);
      await assignments.assign({ accountId: id, role, tenantId, reason: 'demo account' });
    }
    made.push({ email, password, tenants: keys });
  }
  return made;
}
