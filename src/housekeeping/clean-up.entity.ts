import { Column, PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';

/** When something was last cleaned up, by whichever instance. */
@AuthEntity('clean_ups')
export class CleanUpEntity {
  @PrimaryColumn('text') name!: string;
  @Column('timestamptz', { name: 'started_at' }) startedAt!: Date;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
  @Column('integer') removed!: number;
}
