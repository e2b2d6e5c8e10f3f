import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One-to-one, NULL included: what a condition needs of a transformer. */
const AS_NUMBER = {
  to: (value: number | null) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

const YES_OR_NO = {
  to: (value: boolean | null) => (value === null ? null : value ? 'Y' : 'N'),
  from: (value: string | null) => (value === null ? null : value === 'Y'),
};

/** A table of this suite's own, with a column of every type that conditions compare. */
@Entity({ name: 'condition documents' })
export class DocumentEntity {
  @PrimaryColumn({ name: 'document id', type: 'integer' })
  readonly id!: number;

  @Column({ name: 'tenant_id', type: 'uuid', nullable: true })
  readonly tenantId!: string | null;

  @Column({ name: 'owner_id', type: 'uuid', nullable: true })
  readonly ownerId!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly title!: string | null;

  /** A name that is a type, a keyword and, beside it, the database name of another column. */
  @Column({ name: 'order', type: 'varchar', length: 40, nullable: true })
  readonly text!: string | null;

  @Column({ name: 'text', type: 'text', collation: 'folded', nullable: true })
  readonly label!: string | null;

  @Column({ type: 'boolean', nullable: true })
  readonly published!: boolean | null;

  @Column({ type: 'varchar', transformer: YES_OR_NO, nullable: true })
  readonly checked!: boolean | null;

  @Column({ type: 'smallint', nullable: true })
  readonly level!: number | null;

  @Column({ type: 'integer', nullable: true })
  readonly rank!: number | null;

  @Column({ type: 'bigint', nullable: true })
  readonly serial!: string | null;

  @Column({ type: 'bigint', transformer: AS_NUMBER, nullable: true })
  readonly size!: number | null;

  @Column({ type: 'numeric', nullable: true })
  readonly price!: string | null;

  @Column({ type: 'numeric', precision: 12, scale: 2, transformer: AS_NUMBER, nullable: true })
  readonly cost!: number | null;

  @Column({ type: 'double precision', nullable: true })
  readonly ratio!: number | null;

  @Column({ type: 'real', nullable: true })
  readonly weight!: number | null;

  @Column({ type: 'enum', enum: ['draft', 'approved'], nullable: true })
  readonly status!: 'draft' | 'approved' | null;

  @Column({ type: 'enum', enum: [1, 2], nullable: true })
  readonly step!: 1 | 2 | null;

  @Column({ name: 'seen_at', type: 'timestamptz', nullable: true })
  readonly seenAt!: Date | null;

  @Column({ name: 'deleted_at', type: 'timestamp', nullable: true })
  readonly deletedAt!: Date | null;
}

/** The table, in the order of {@link DocumentRow}. */
export const CREATE_DOCUMENTS = `
  CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TYPE document_status AS ENUM ('draft', 'approved');
  CREATE TYPE document_step AS ENUM ('1', '2');
  CREATE TABLE "condition documents" (
    "document id" integer PRIMARY KEY, tenant_id uuid, owner_id uuid, title text,
    "order" varchar(40), "text" text COLLATE folded, published boolean, checked varchar,
    level smallint, rank integer, serial bigint, size bigint, price numeric, cost numeric(12,2),
    ratio double precision, weight real, status document_status, step document_step,
    seen_at timestamptz, deleted_at timestamp
  )`;

/** A row as PostgreSQL reads it. Each column holds text, or NULL. */
export type DocumentRow = Record<string, string | null>;

export const INSERT_DOCUMENTS = `
  INSERT INTO "condition documents"
  SELECT * FROM json_populate_recordset(NULL::"condition documents", $1)`;
