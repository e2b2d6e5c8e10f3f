import { applyDecorators, UseGuards } from '@nestjs/common';
import { AuthController } from '../requests/auth-controller.decorator';
import { JsonBodyGuard } from '../requests/json-body.guard';
import { AdministrationGuard } from './administration.guard';

/** A controller of the administration: one of ours, whose routes know their caller. */
export function AdminController(path: string): ClassDecorator {
  return applyDecorators(AuthController(path), UseGuards(AdministrationGuard, JsonBodyGuard));
}
