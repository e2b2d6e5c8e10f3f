import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module, type DynamicModule } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule, authEntities, type AuthOptions } from '@portcullis/nest';
import { AUTH_MIGRATIONS } from '@portcullis/nest/migrations';
import { access } from './access';
import { OrdersGateway } from './orders.gateway';
import { OrdersResolver } from './orders.resolver';
import { OrdersService } from './orders.service';

/** What the application is told from outside. */
export interface AppSettings {
  readonly databaseUrl: string;
  readonly auth: AuthOptions;
}

@Module({})
export class AppModule {
  static with({ databaseUrl, auth }: AppSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url: databaseUrl,
          entities: [...authEntities()],
          migrations: AUTH_MIGRATIONS,
          migrationsRun: true,
        }),
        AuthModule.forRoot({ access, ...auth }),
        GraphQLModule.forRoot<ApolloDriverConfig>({
          driver: ApolloDriver,
          autoSchemaFile: true,
          // Nest asks no guard about fields otherwise, and the application would not start; without
          // the filters, a refused field would not say `forbidden`.
          fieldResolverEnhancers: ['guards', 'filters'],
          graphiql: false,
          includeStacktraceInErrorResponses: false,
        }),
      ],
      providers: [OrdersService, OrdersResolver, OrdersGateway],
    };
  }
}
