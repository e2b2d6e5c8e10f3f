import { Logger } from '@nestjs/common';
import { newId } from '../../src/database/identifiers';
import { isAuthError } from '../../src/errors/auth-error';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { openAccess, type AccessStore } from './access-store';

const ROUNDS = 500;
/** Rounds under way at once: each has two operations, so the pool of 8 connections is always full. */
const AT_ONCE = 5;
/** Normally a fraction of it; what counts is that it ends. */
const TIMEOUT_MS = 120_000;

/** What one round has for itself. In a tenant of its own, its roles meet no other round's. */
interface Ground {
  readonly tenantId: string;
  readonly accountId: string;
  readonly actorId: string;
  readonly roleId: string;
  readonly otherRoleId: string;
}

let database: TestDatabase;
let store: AccessStore;

beforeAll(async () => {
  // Half of all attempts are refused, and each refusal is logged.
  Logger.overrideLogger(false);
  database = await cloneDatabase();
  store = await openAccess(database.url);
  await store.catalogue.onModuleInit();
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

/** Everything for the rounds in a few statements, so that they consist of the races alone. */
async function prepare(): Promise<readonly Ground[]> {
  const grounds = Array.from({ length: ROUNDS }, () => ({
    tenantId: newId(),
    accountId: newId(),
    actorId: newId(),
    roleId: newId(),
    otherRoleId: newId(),
  }));
  const ids = (key: keyof Ground) => grounds.map((ground) => ground[key]);
  await store.sql(
    `INSERT INTO auth.tenants (id, key, name) SELECT id, 't-' || id, 'T' FROM unnest($1::uuid[]) AS t (id)`,
    [ids('tenantId')],
  );
  await store.sql(
    `INSERT INTO auth.accounts (id, email, email_key, email_verified_at, password_hash)
      SELECT id, id, id, clock_timestamp(), 'not verified here' FROM unnest($1::uuid[]) AS a (id)`,
    [[...ids('accountId'), ...ids('actorId')]],
  );
  await store.sql(
    `INSERT INTO auth.roles (id, tenant_id, name, origin)
      SELECT id, tenant, 'r-' || id, 'database' FROM unnest($1::uuid[], $2::uuid[]) AS r (id, tenant)`,
    [
      [...ids('roleId'), ...ids('otherRoleId')],
      [...ids('tenantId'), ...ids('tenantId')],
    ],
  );
  return grounds;
}

/** Lets an account of each round hold a role there, past every rule. */
async function hold(
  grounds: readonly Ground[],
  who: 'accountId' | 'actorId',
  role: string,
): Promise<void> {
  await store.sql(
    `INSERT INTO auth.assignments (id, account_id, role_id, tenant_id)
      SELECT gen_random_uuid(), account, $3::uuid, tenant
      FROM unnest($1::uuid[], $2::uuid[]) AS x (account, tenant)`,
    [
      grounds.map((ground) => ground[who]),
      grounds.map(({ tenantId }) => tenantId),
      await store.roleId(role),
    ],
  );
}

async function race(
  grounds: readonly Ground[],
  round: (ground: Ground) => Promise<void>,
): Promise<void> {
  const left = [...grounds];
  const lane = async () => {
    for (let ground = left.pop(); ground !== undefined; ground = left.pop()) await round(ground);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** `done`, or the code of the refusal. */
async function outcome(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'done';
  } catch (error) {
    if (isAuthError(error)) return error.code;
    throw error;
  }
}

async function rolesHeld(accountId: string): Promise<string[]> {
  const rows = await store.sql<{ name: string }>(
    `SELECT r.name FROM auth.assignments x JOIN auth.roles r ON r.id = x.role_id
      WHERE x.account_id = $1 ORDER BY 1`,
    [accountId],
  );
  return rows.map(({ name }) => name);
}

describe(`in ${ROUNDS} races each`, () => {
  let grounds: readonly Ground[];

  beforeEach(async () => {
    grounds = await prepare();
  }, TIMEOUT_MS);

  const raced = (title: string, test: () => Promise<void>) => {
    it(title, test, TIMEOUT_MS);
  };

  raced('AZ-9: of two assignments of roles that exclude each other one goes through', async () => {
    await race(grounds, async ({ accountId, tenantId }) => {
      const outcomes = await Promise.all([
        outcome(store.assignments.assign({ accountId, role: 'seniorClerk' })),
        outcome(store.assignments.assign({ accountId, role: 'approver', tenantId })),
      ]);

      expect(outcomes.sort()).toEqual(['done', 'separation_of_duty']);
      expect(await rolesHeld(accountId)).toHaveLength(1);
    });
  });

  raced(
    'AZ-9: an assignment and a change that makes its role exclusive never both go through',
    async () => {
      const clerk = await store.roleId('clerk');
      await hold(grounds, 'accountId', 'approver');
      let assigned = 0;
      await race(grounds, async ({ accountId, roleId, tenantId }) => {
        const attempts = [
          () => outcome(store.assignments.assign({ accountId, roleId, tenantId })),
          () => outcome(store.roles.update(roleId, { parents: [clerk] }, {}, {})),
        ];

        const outcomes = await startBoth(attempts, roleId);

        expect(outcomes.sort()).toEqual(['done', 'separation_of_duty']);
        assigned += (await rolesHeld(accountId)).length - 1;
      });
      expectBothWon(assigned);
    },
  );

  raced('AZ-8: of two changes that each add a half of a cycle one goes through', async () => {
    await race(grounds, async ({ roleId, otherRoleId }) => {
      const outcomes = await Promise.all([
        outcome(store.roles.update(roleId, { parents: [otherRoleId] }, {}, {})),
        outcome(store.roles.update(otherRoleId, { parents: [roleId] }, {}, {})),
      ]);

      expect(outcomes.sort()).toEqual(['done', 'role_cycle']);
    });
  });

  raced('loses no change of a role to another one of the same role', async () => {
    await race(grounds, async ({ roleId }) => {
      await Promise.all([
        store.roles.update(roleId, { description: 'Text.' }, {}, {}),
        store.roles.update(roleId, { permissions: ['reports:*'] }, {}, {}),
      ]);

      expect(await store.roles.get(roleId, {})).toMatchObject({
        description: 'Text.',
        permissions: ['reports:*'],
      });
    });
  });

  raced('AZ-8: a role is deleted or assigned, and no assignment is lost with it', async () => {
    await race(grounds, async ({ accountId, roleId, tenantId }) => {
      const [assigned, deleted] = await Promise.all([
        outcome(store.assignments.assign({ accountId, roleId, tenantId })),
        outcome(store.roles.delete(roleId, {}, {})),
      ]);

      expect(['done/conflict', 'not_found/done']).toContain(`${assigned}/${deleted}`);
      expect(await rolesHeld(accountId)).toHaveLength(assigned === 'done' ? 1 : 0);
    });
  });

  raced('AD-7: of administrators who demote each other at least one remains', async () => {
    const role = 'administrator';
    const roleId = await store.roleId(role);
    // One after the other: the invariant is about every administrator there is.
    for (const { accountId: one, actorId: other } of grounds) {
      await store.sql(`DELETE FROM auth.assignments WHERE role_id = $1`, [roleId]);
      await store.sql(
        `INSERT INTO auth.assignments (id, account_id, role_id)
          SELECT gen_random_uuid(), unnest($1::uuid[]), $2::uuid`,
        [[one, other], roleId],
      );

      const outcomes = await Promise.all([
        outcome(store.assignments.unassign({ actorId: one, accountId: other, role })),
        outcome(store.assignments.unassign({ actorId: other, accountId: one, role })),
      ]);

      // Whoever comes second no longer holds what it would take away.
      expect(outcomes.sort()).toEqual(['done', 'forbidden']);
      expect([...(await rolesHeld(one)), ...(await rolesHeld(other))]).toEqual([role]);
    }
  });

  raced(
    'AZ-5: once a demotion is answered, nothing that the demoted one gave appears any more',
    async () => {
      await hold(grounds, 'actorId', 'clerk');
      let given = 0;
      await race(grounds, async ({ actorId, accountId, tenantId }) => {
        const role = 'clerk';
        let assigned: Promise<string> | undefined;
        const assign = () =>
          (assigned = outcome(store.assignments.assign({ actorId, accountId, role, tenantId })));
        let demoted: Promise<void> | undefined;
        const demote = () =>
          (demoted = store.assignments.unassign({ accountId: actorId, role, tenantId }));
        const both = startBoth<unknown>([assign, demote], actorId);
        if (demoted === undefined) await both;
        await demoted;
        const seen = await rolesHeld(accountId);
        await both;
        const result = await assigned;

        expect(['done', 'forbidden']).toContain(result);
        expect(seen).toEqual(result === 'done' ? [role] : []);
        given += seen.length;
      });
      expectBothWon(given);
    },
  );

  raced(
    'AZ-5: once a change that widens a role is answered, no weaker actor gives it any more',
    async () => {
      await hold(grounds, 'actorId', 'viewer');
      let given = 0;
      await race(grounds, async ({ actorId, accountId, roleId, tenantId }) => {
        let assigned: Promise<string> | undefined;
        const assign = () =>
          (assigned = outcome(store.assignments.assign({ actorId, accountId, roleId, tenantId })));
        let widened: Promise<unknown> | undefined;
        const widen = () =>
          (widened = store.roles.update(roleId, { permissions: ['invoices:approve'] }, {}, {}));
        const both = startBoth<unknown>([assign, widen], actorId);
        if (widened === undefined) await both;
        await widened;
        const seen = await rolesHeld(accountId);
        await both;
        const result = await assigned;

        expect(['done', 'forbidden']).toContain(result);
        expect(seen).toHaveLength(result === 'done' ? 1 : 0);
        given += seen.length;
      });
      expectBothWon(given);
    },
  );
});

/** Which of two starts first, by the last bit of an id, so that neither always wins. */
function shuffled<Item>(items: readonly Item[], id: string): readonly Item[] {
  return parseInt(id.slice(-1), 16) % 2 === 0 ? items : [...items].reverse();
}

/**
 * Starts two things at once, either of them first. In one round of eight the second waits until the
 * first was answered, so that on every machine each comes first at times.
 */
async function startBoth<Outcome>(
  starts: readonly (() => Promise<Outcome>)[],
  id: string,
): Promise<Outcome[]> {
  const isApart = parseInt(id.slice(-2, -1), 16) % 8 === 0;
  const outcomes: Promise<Outcome>[] = [];
  for (const start of shuffled(starts, id)) {
    outcomes.push(start());
    if (isApart) await outcomes[0];
  }
  return Promise.all(outcomes);
}

/** Else the two never met, and the test proves nothing. */
function expectBothWon(wins: number): void {
  expect(wins).toBeGreaterThan(0);
  expect(wins).toBeLessThan(ROUNDS);
}
