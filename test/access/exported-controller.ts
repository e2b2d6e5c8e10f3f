import { Controller, Get } from '@nestjs/common';

/** Says nothing about access, in a file that the boot can find. */
@Controller('exported')
export class ExportedController {
  @Get() read(): void {}
}
