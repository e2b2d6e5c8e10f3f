import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ServerEnvironment } from '../env';
import {
  dataSourceOptions,
  ServerDataSource,
  type ServerDataSourceOptions,
} from './server-data-source';

/** The one DataSource of the server, which the library uses too. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [ServerEnvironment],
      useFactory: (environment: ServerEnvironment) => ({
        ...dataSourceOptions(environment),
        // The whole start is tried again, and not only this part of it.
        retryAttempts: 1,
      }),
      dataSourceFactory: (options) => ServerDataSource.prepare(options as ServerDataSourceOptions),
    }),
  ],
})
export class DatabaseModule {}
