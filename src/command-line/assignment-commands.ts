import type { Command } from 'commander';
import { AssignmentsService } from '../access/assignments.service';
import { isId } from '../database/identifiers';
import {
  addAccountOptions,
  checkReference,
  findAccount,
  type AccountReference,
} from './account-reference';
import { withApplication } from './application';
import { print, sourceOf } from './global-options';
import type { Terminal } from './terminal';
import { UsageError } from './usage-error';

interface AssignmentOptions extends AccountReference {
  readonly role: string;
  readonly tenant?: string;
  readonly reason?: string;
}

/** Who holds which role. */
export function addAssignmentCommands(program: Command, terminal: Terminal): void {
  for (const name of ['assign', 'unassign'] as const) {
    addAccountOptions(program.command(name))
      .description(name === 'assign' ? 'give a role to an account' : 'take a role from an account')
      .requiredOption('--role <name>', 'the role')
      .option('--tenant <id>', 'the tenant it holds in; without one it holds everywhere')
      .option('--reason <text>', 'why, for the audit')
      .action((options: AssignmentOptions, command: Command) =>
        change(name, options, command, terminal),
      );
  }
}

async function change(
  name: 'assign' | 'unassign',
  options: AssignmentOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const { role, tenant: tenantId, reason } = options;
  checkReference(options);
  if (tenantId !== undefined && !isId(tenantId)) {
    throw new UsageError(`"${tenantId}" is not the id of a tenant.`);
  }
  const { id, email } = await withApplication(sourceOf(command, terminal), async (app) => {
    const account = await findAccount(app, options);
    const assignments = app.get(AssignmentsService, { strict: false });
    await assignments[name]({ accountId: account.id, role, tenantId, reason });
    return account;
  });
  const scope = tenantId === undefined ? '' : ` in tenant ${tenantId}`;
  print(command, terminal, {
    text: `${name}ed ${role}${scope}: ${email} (${id})`,
    json: { accountId: id, email, role, ...(tenantId === undefined ? {} : { tenantId }) },
  });
}
