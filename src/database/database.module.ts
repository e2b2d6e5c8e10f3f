import { Global, Module, type DynamicModule } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Database } from './database';
import { UnitOfWork } from './unit-of-work';

/** Gives every capability the host's DataSource, by its name where the host has several. */
@Global()
@Module({})
export class DatabaseModule {
  static forRoot(dataSourceName?: string): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        {
          provide: Database,
          inject: [getDataSourceToken(dataSourceName)],
          useFactory: (dataSource: DataSource) => new Database(dataSource),
        },
        UnitOfWork,
      ],
      exports: [Database, UnitOfWork],
    };
  }
}
