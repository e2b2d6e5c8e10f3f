import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { UnitOfWork } from '../database/unit-of-work';
import { ConfigurationError } from '../errors/configuration-error';
import { toPrintable } from '../requests/printable';
import { CatalogueRepository, type DeadGrants, type DroppedRole } from './catalogue.repository';
import { CompiledCatalogue } from './compiled-catalogue';
import { RoleModel } from './role-model';

/** So many names at most stand in one line of the log. */
const MAX_NAMES = 20;

/**
 * Records the declared catalogue in the database when the application starts, so that assignments can
 * refer to its roles and other instances hear that it changed. What the roles grant stays in code.
 *
 * Then it reports where the database has drifted from the code: one line of the log for each kind.
 */
@Injectable()
export class CatalogueService implements OnModuleInit {
  readonly #logger = new Logger('Portcullis');

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly stored: CatalogueRepository,
    private readonly catalogue: CompiledCatalogue,
    private readonly roleModel: RoleModel,
  ) {}

  /** @throws ConfigurationError when a role of the database has the name of a role of code */
  async onModuleInit(): Promise<void> {
    const roles = Object.entries(this.catalogue.roles).map(([name, { description }]) => ({
      name,
      description,
    }));
    const digest = this.catalogue.digest();
    const { dropped } = await this.unitOfWork.run(async (tx) => {
      // A statement of its own, so that the next one sees what its predecessor in the queue wrote; and
      // nobody creates a role meanwhile that would take the name of one of these.
      await this.stored.lock(tx);
      await this.roleModel.stored.lock(tx);
      const recorded = await this.stored.record({ digest, roles }, tx);
      if (recorded.taken.length > 0) throw nameTaken(recorded.taken);
      return recorded;
    });
    this.#reportDropped(dropped);
    this.#reportDead(await this.stored.deadGrants(this.catalogue.grantable));
    this.#reportViolation(await this.roleModel.separation.findViolation());
  }

  #reportDropped(dropped: readonly DroppedRole[]): void {
    if (dropped.length === 0) return;
    const names = dropped.map(({ name, used }) => (used ? `${name} (in use)` : name));
    const report = `Roles that the catalogue no longer declares, and that grant nothing: ${listed(names)}`;
    if (dropped.some(({ used }) => used)) this.#logger.warn(report);
    else this.#logger.log(report);
  }

  #reportDead({ roles, names }: DeadGrants): void {
    if (roles === 0) return;
    this.#logger.warn(
      `Roles of the database (${roles}) grant what the catalogue does not declare, and so nothing: ` +
        `${listed(names)}. A migration carries grants along: renamePermission, splitPermission, dropPermission.`,
    );
  }

  #reportViolation(accountId: string | undefined): void {
    if (accountId === undefined) return;
    this.#logger.warn(
      `Accounts hold roles that \`separate\` keeps apart, for example ${accountId}: take one of the roles away.`,
    );
  }
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  const shown = names.slice(0, MAX_NAMES).map((name) => toPrintable(name, 80));
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
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
