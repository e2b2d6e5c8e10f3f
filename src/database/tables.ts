const TABLE_NAMES = {
  accounts: 'accounts',
  sessions: 'sessions',
  signingKeys: 'signing_keys',
  secretUses: 'secret_uses',
  changes: 'changes',
  audit: 'audit_events',
  tenants: 'tenants',
  roles: 'roles',
  rolePermissions: 'role_permissions',
  roleParents: 'role_parents',
  assignments: 'assignments',
  catalogue: 'catalogue',
  guesses: 'guesses',
  cleanUps: 'clean_ups',
  bootstrap: 'bootstrap',
  deliveries: 'deliveries',
  deliveryWindows: 'delivery_windows',
} as const;

/** Our tables, each as a quoted and schema-qualified name that is safe to place in SQL. */
export type AuthTables = Readonly<Record<keyof typeof TABLE_NAMES, string>>;

/** Quotes an SQL identifier. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The qualified names of our tables in a schema. */
export function authTables(schema: string): AuthTables {
  const qualified = Object.entries(TABLE_NAMES).map(([key, name]) => [
    key,
    `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`,
  ]);
  return Object.freeze(Object.fromEntries(qualified)) as AuthTables;
}
