import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { walk } from '../support/lists';
import {
  activationOf,
  openExplanation,
  permission,
  type ExplanationStore,
} from './explanation-store';
import {
  lawful,
  models,
  PERMISSIONS,
  remember,
  write,
  type Model,
  type WrittenModel,
} from './random-models';

let database: TestDatabase;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await cloneDatabase();
});

afterAll(() => database.drop());

async function withModel(
  model: Model,
  work: (store: ExplanationStore, written: WrittenModel) => Promise<void>,
): Promise<void> {
  const store = await openExplanation(database.url, model.catalogue);
  try {
    await work(store, await write(store, model));
  } finally {
    await store.close();
  }
}

describe('on every model', () => {
  it('check, explain and whoCan agree, also about rows that no service would write', async () => {
    const seen = { allowed: 0, denied: 0 };

    await fc.assert(
      fc.asyncProperty(models, (model) =>
        withModel(model, async ({ access, authorities }, { tenants, accounts }) => {
          for (const tenantId of [undefined, ...tenants]) {
            for (const name of PERMISSIONS.map(permission)) {
              const holders = new Set<string>();
              for (const accountId of accounts) {
                const checked = await access.check(accountId, name, { tenantId });
                const explained = await access.explain(accountId, name, { tenantId });
                const { version } = await authorities.of(accountId, tenantId);

                expect(explained).toMatchObject({
                  allowed: checked.allowed,
                  code: checked.code,
                  version,
                });
                expect(explained.paths.some(({ effective }) => effective)).toBe(checked.allowed);
                expect(explained.paths[0]?.effective ?? false).toBe(checked.allowed);
                if (checked.allowed) holders.add(accountId);
                seen[checked.allowed ? 'allowed' : 'denied'] += 1;
              }
              const found = await walk((cursor) =>
                access.whoCan(name, { tenantId, limit: 1, cursor }),
              );
              expect(found.map(({ id }) => id)).toEqual([...holders].sort().reverse());
            }
          }
        }),
      ),
      { numRuns: 20 },
    );

    expect(seen.allowed).toBeGreaterThan(20);
    expect(seen.denied).toBeGreaterThan(20);
  }, 120_000);

  it('every suggestion allows when it is made, and adds what it says; none that would is missing', async () => {
    const made = new Map<string, number>();

    const everySuggestionHolds = fc.asyncProperty(
      models.map(lawful),
      fc.constantFrom(...PERMISSIONS),
      (model, asked) =>
        withModel(model, async (store, { tenants, accounts, roles }) => {
          const name = permission(asked);
          const accountId = accounts[0] ?? '';
          const restore = await remember(store);
          for (const tenantId of [undefined, ...tenants]) {
            const { allowed, wouldAllow } = await store.access.explain(accountId, name, {
              tenantId,
            });
            if (allowed) expect(wouldAllow).toEqual([]);
            const before = new Set((await store.authorities.of(accountId, tenantId)).permissions);
            const isInUse = await inUse(store, accountId, tenantId);
            const added = wouldAllow.map(({ addedPermissions }) => addedPermissions);
            expect(added).toEqual([...added].sort((one, other) => one - other));

            for (const { changes, addedPermissions } of wouldAllow) {
              for (const change of changes) {
                await store.apply(accountId, change);
                made.set(change.change, (made.get(change.change) ?? 0) + 1);
              }
              const activation = activationOf(changes);
              const checked = await store.access.check(accountId, name, { tenantId, activation });
              expect({ changes, ...checked }).toMatchObject({ allowed: true });
              const after = await store.authorities.of(accountId, tenantId, activation);
              const gained = after.permissions.filter(
                (gain) => gain !== asked && !before.has(gain),
              );
              expect({ changes, addedPermissions }).toEqual({
                changes,
                addedPermissions: gained.length,
              });
              await restore();
            }

            if (allowed || !isInUse || wouldAllow.length >= 10) continue;
            for (const roleId of roles) {
              const assigned = await store.assignments
                .assign({ accountId, roleId, tenantId })
                .catch(() => undefined);
              if (assigned === undefined) continue;
              const isEnough = (await store.access.check(accountId, name, { tenantId })).allowed;
              const suggested = wouldAllow.flatMap(({ changes }) =>
                changes.filter(
                  (change) =>
                    'roleId' in change &&
                    change.roleId === roleId &&
                    'tenantId' in change &&
                    change.tenantId === (tenantId ?? null),
                ),
              );
              expect({ roleId, isEnough }).toEqual({ roleId, isEnough: suggested.length > 0 });
              await restore();
            }
          }
        }),
    );

    // Fifteen models rarely happen to need three kinds of change or fewer: more are drawn then.
    for (let round = 0; round < 6 && made.size <= 3; round += 1) {
      await fc.assert(everySuggestionHolds, { numRuns: 15 });
    }
    expect(made.size).toBeGreaterThan(3);
  }, 240_000);
});

async function inUse(
  { sql }: ExplanationStore,
  accountId: string,
  tenantId: string | undefined,
): Promise<boolean> {
  const rows = await sql(
    `SELECT FROM auth.accounts WHERE id = $1 AND status = 'disabled'
      UNION ALL SELECT FROM auth.tenants WHERE id = $2 AND status = 'disabled'`,
    [accountId, tenantId ?? null],
  );
  return rows.length === 0;
}
