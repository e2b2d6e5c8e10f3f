import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { Parameters } from '../database/parameters';
import type { AuditEvent } from './audit-event';
import { insertAuditSql } from './audit.sql';

@Injectable()
export class AuditRepository {
  constructor(private readonly database: Database) {}

  async append(event: AuditEvent, tx?: Tx): Promise<void> {
    const parameters = new Parameters();
    const sql = insertAuditSql(this.database.tables, parameters, event);
    await this.database.query(sql, parameters.values, tx);
  }
}
