import { Module } from '@nestjs/common';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { TenantDirectory } from './tenant-directory';
import { TenantsRepository } from './tenants.repository';
import { TenantsService } from './tenants.service';

@Module({
  imports: [ChangeFeedModule],
  providers: [TenantDirectory, TenantsRepository, TenantsService],
  exports: [TenantDirectory, TenantsService],
})
export class TenantsModule {}
