import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { RoleRules } from './role-rules';
import { RolesRepository } from './roles.repository';
import { RolesService } from './roles.service';

@Module({
  imports: [AccessModule, ChangeFeedModule],
  providers: [RoleRules, RolesRepository, RolesService],
  exports: [RolesService],
})
export class RolesModule {}
