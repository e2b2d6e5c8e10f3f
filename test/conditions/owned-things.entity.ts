import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  TableInheritance,
  VirtualColumn,
} from 'typeorm';
import { DocumentEntity } from './document.entity';

const EMPTY_AS_ZERO = { to: (value: number) => value, from: (value: string) => Number(value) };
const LOWER = { to: (value: string) => value.toLowerCase(), from: (value: string) => value };
const DIGITS = { to: (value: number) => String(value), from: (value: number) => value };

/** What hangs on a document; most of its columns are what a condition refuses. */
@Entity({ name: 'attachments' })
export class AttachmentEntity {
  @PrimaryColumn({ type: 'integer' })
  readonly id!: number;

  @ManyToOne(() => DocumentEntity)
  @JoinColumn({ name: 'document_id' })
  readonly document!: DocumentEntity;

  @Column({ name: 'owner_id', type: 'uuid', nullable: true })
  readonly ownerId!: string | null;

  @Column({ type: 'bigint', nullable: true, transformer: EMPTY_AS_ZERO })
  readonly size!: number;

  @Column({ type: 'text', default: '', transformer: LOWER })
  readonly email!: string;

  @Column({ type: 'integer', default: 0, transformer: DIGITS })
  readonly digits!: number;

  @Column({ type: 'numeric', default: '0', transformer: LOWER })
  readonly decimal!: string;

  @Column({ type: 'jsonb', nullable: true })
  readonly json!: string | null;

  @Column({ type: 'text', array: true, nullable: true })
  readonly tags!: string | null;

  @Column({ type: 'date', nullable: true })
  readonly day!: string | null;

  @Column({ type: 'char', length: 3, nullable: true })
  readonly code!: string | null;

  @VirtualColumn({ query: (alias) => `${alias}.id` })
  readonly virtual!: number;
}

/** Its column of kinds belongs to TypeORM: no row holds it. */
@Entity({ name: 'shapes' })
@TableInheritance({ column: { name: 'kind', type: 'varchar' } })
export class ShapeEntity {
  @PrimaryColumn({ type: 'integer' })
  readonly id!: number;
}

export const CREATE_ATTACHMENTS = `
  CREATE TABLE attachments (
    id integer PRIMARY KEY, document_id integer, owner_id uuid, size bigint,
    email text NOT NULL DEFAULT '', digits integer NOT NULL DEFAULT 0,
    "decimal" numeric NOT NULL DEFAULT 0, json jsonb, tags text[],
    day date, code char(3)
  )`;
