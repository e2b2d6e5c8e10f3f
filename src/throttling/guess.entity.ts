import { Column, PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';

/** One counter of guesses: of a source in a window, or of an identifier since its last success. */
@AuthEntity('guesses')
export class GuessEntity {
  @PrimaryColumn('bytea') key!: Buffer;
  @PrimaryColumn('text') lane!: string;
  @Column('integer') failures!: number;
  @Column('timestamptz', { name: 'next_at' }) nextAt!: Date;
  @Column('timestamptz', { name: 'window_ends_at', nullable: true }) windowEndsAt!: Date | null;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
