import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { UnitOfWork } from '../database/unit-of-work';
import { ConfigurationError } from '../errors/configuration-error';
import { CatalogueRepository } from './catalogue.repository';
import { CompiledCatalogue } from './compiled-catalogue';

/**
 * Records the declared catalogue in the database when the application starts, so that assignments can
 * refer to its roles and other instances hear that it changed. What the roles grant stays in code.
 */
@Injectable()
export class CatalogueService implements OnModuleInit {
  readonly #logger = new Logger('Portcullis');

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly stored: CatalogueRepository,
    private readonly catalogue: CompiledCatalogue,
  ) {}

  /** @throws ConfigurationError when a role of the database has the name of a role of code */
  async onModuleInit(): Promise<void> {
    const roles = Object.entries(this.catalogue.roles).map(([name, { description }]) => ({
      name,
      description,
    }));
    const digest = this.catalogue.digest();
    const { stranded } = await this.unitOfWork.run(async (tx) => {
      // A statement of its own, so that the next one sees what its predecessor in the queue wrote.
      await this.stored.lock(tx);
      const recorded = await this.stored.record({ digest, roles }, tx);
      if (recorded.taken.length > 0) throw nameTaken(recorded.taken);
      return recorded;
    });
    if (stranded.length > 0) {
      this.#logger.warn(
        `Assigned roles that the catalogue no longer declares, and that grant nothing: ${stranded.join(', ')}`,
      );
    }
  }
}

function nameTaken(names: readonly string[]): ConfigurationError {
  return new ConfigurationError(
    names.map((name) => ({
      option: `access.roles.${name}`,
      bound: 'named differently, or the role of the database renamed',
      reason: 'whoever holds the role of the database would silently hold this one',
    })),
  );
}
