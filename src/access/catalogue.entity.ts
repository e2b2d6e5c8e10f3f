import { Column, PrimaryColumn } from 'typeorm';
import { AuthEntity } from '../database/auth-entity';

/** Which catalogue the running code declares. One row; the version only rises. */
@AuthEntity('catalogue')
export class CatalogueEntity {
  @PrimaryColumn('boolean') singleton!: true;
  @Column('bytea') digest!: Buffer;
  @Column('integer') version!: number;
}
