import { Injectable } from '@nestjs/common';
import { DelegationService } from './delegation.service';
import { RoleModelRepository } from './role-model.repository';
import { SeparationService } from './separation.service';

/** What decides about changes of the role model: the roles there are, who may give them, what excludes what. */
@Injectable()
export class RoleModel {
  constructor(
    readonly stored: RoleModelRepository,
    readonly separation: SeparationService,
    readonly delegation: DelegationService,
  ) {}
}
