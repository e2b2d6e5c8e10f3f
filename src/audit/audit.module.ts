import { Module } from '@nestjs/common';
import { AuditPartitionsRepository } from './audit-partitions.repository';
import { AuditPurge } from './audit-purge';
import { AuditRepository } from './audit.repository';
import { AuditService } from './audit.service';

@Module({
  providers: [AuditPartitionsRepository, AuditPurge, AuditRepository, AuditService],
  exports: [AuditPurge, AuditService],
})
export class AuditModule {}
