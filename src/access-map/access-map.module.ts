import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { AccessMap } from './access-map';

@Module({ imports: [AccessModule], providers: [AccessMap], exports: [AccessMap] })
export class AccessMapModule {}
