import { DataSource } from 'typeorm';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import type { Clock } from '../../src/clock/clock';
import { Database } from '../../src/database/database';
import { UnitOfWork } from '../../src/database/unit-of-work';
import { authEntities } from '../../src/entities';
import { KeyLoader } from '../../src/keys/key-loader';
import { KeyRing } from '../../src/keys/key-ring';
import { KeySchedule } from '../../src/keys/key-schedule';
import { KeyTransitionsRepository } from '../../src/keys/key-transitions.repository';
import { KeysRepository } from '../../src/keys/keys.repository';
import { KeysService } from '../../src/keys/keys.service';
import { SealedKeys } from '../../src/keys/sealed-keys';
import { SecretUsesRepository } from '../../src/keys/secret-uses.repository';
import { SecretUses } from '../../src/keys/secret-uses.service';
import type { AuthOptions, ResolvedAuthOptions } from '../../src/options/auth-options';
import { SecretKeys } from '../../src/options/secret-keys';
import type { StructuralAuthOptions } from '../../src/options/structural-options';
import { defineAccess } from '../../src/route-access/define-access';
import { testOptions } from '../support/auth-options';
import { FakeClock } from '../support/fake-clock';

const NO_FORMS: StructuralAuthOptions = { access: defineAccess({ permissions: {}, roles: {} }) };

/** One instance of the application, as far as keys reach, on a database of its own or a shared one. */
export interface KeyStore {
  readonly options: ResolvedAuthOptions;
  readonly dataSource: DataSource;
  readonly repository: KeysRepository;
  readonly transitions: KeyTransitionsRepository;
  readonly unitOfWork: UnitOfWork;
  readonly service: KeysService;
  readonly loader: KeyLoader;
  readonly changes: ChangeFeed;
  readonly ring: KeyRing;
  /** Looks only when a test tells it to. */
  readonly schedule: KeySchedule;
  readonly secretUses: SecretUses;
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
  const repository = new KeysRepository(database, options);
  const transitions = new KeyTransitionsRepository(database);
  const changes = new ChangeFeed(database, clock, options);
  const secrets = new SecretKeys(options);
  const sealed = new SealedKeys(secrets);
  const secretUses = new SecretUses(new SecretUsesRepository(database, options, NO_FORMS), secrets);
  const loader = new KeyLoader(repository, sealed, options);
  const service = new KeysService(repository, transitions, sealed, unitOfWork, changes, options);
  const ring = new KeyRing(service, loader, changes, clock, options);
  const schedule = new KeySchedule(service, ring, secretUses, clock);
  return {
    options,
    dataSource,
    repository,
    transitions,
    unitOfWork,
    service,
    loader,
    changes,
    ring,
    schedule,
    secretUses,
    clock,
    boot: async () => {
      await changes.onModuleInit();
      await ring.onModuleInit();
    },
    close: async () => {
      await schedule.onModuleDestroy();
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
