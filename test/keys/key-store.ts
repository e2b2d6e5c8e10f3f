import { DataSource } from 'typeorm';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import type { Clock } from '../../src/clock/clock';
import { Database } from '../../src/database/database';
import { UnitOfWork } from '../../src/database/unit-of-work';
import { authEntities } from '../../src/entities';
import { KeyRing } from '../../src/keys/key-ring';
import { KeysRepository } from '../../src/keys/keys.repository';
import { KeysService } from '../../src/keys/keys.service';
import type { AuthOptions, ResolvedAuthOptions } from '../../src/options/auth-options';
import { SecretKeys } from '../../src/options/secret-keys';
import { testOptions } from '../support/auth-options';
import { FakeClock } from '../support/fake-clock';

/** One instance of the application, as far as keys reach, on a database of its own or a shared one. */
export interface KeyStore {
  readonly options: ResolvedAuthOptions;
  readonly dataSource: DataSource;
  readonly repository: KeysRepository;
  readonly unitOfWork: UnitOfWork;
  readonly service: KeysService;
  readonly changes: ChangeFeed;
  readonly ring: KeyRing;
  readonly clock: Clock;
  /** Boots in the order in which Nest does. */
  boot(): Promise<void>;
  close(): Promise<void>;
}

export async function openKeyStore(
  url: string,
  given: Partial<AuthOptions> = {},
  clock: Clock = new FakeClock(),
): Promise<KeyStore> {
  const options = testOptions(given);
  const dataSource = await connect(url);
  const database = new Database(dataSource);
  const unitOfWork = new UnitOfWork(database);
  const repository = new KeysRepository(database);
  const changes = new ChangeFeed(database, clock, options);
  const service = new KeysService(repository, new SecretKeys(options), unitOfWork, changes);
  const ring = new KeyRing(service, changes, clock);
  return {
    options,
    dataSource,
    repository,
    unitOfWork,
    service,
    changes,
    ring,
    clock,
    boot: async () => {
      await changes.onModuleInit();
      await ring.onModuleInit();
    },
    close: async () => {
      await ring.onModuleDestroy();
      await changes.onModuleDestroy();
      await dataSource.destroy();
    },
  };
}

function connect(url: string): Promise<DataSource> {
  return new DataSource({
    type: 'postgres',
    url,
    entities: authEntities(),
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    poolSize: 4,
  }).initialize();
}
