/** A role as the database knows it. What a role of code grants and inherits is in the catalogue. */
export interface StoredRole {
  readonly id: string;
  readonly name: string;
  readonly origin: 'code' | 'database';
  /** Null: a role for every tenant. */
  readonly tenantId: string | null;
  /** What a role of the database grants, wildcards included. */
  readonly permissions: readonly string[];
  /** The roles that a role of the database inherits, by id. */
  readonly parents: readonly string[];
}
