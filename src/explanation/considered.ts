import { activeRoles } from '../access/active-roles';
import type { CompiledCatalogue, Grants } from '../access/compiled-catalogue';
import { RoleGraph } from '../access/role-graph';
import type { DecisionCode, GrantPath, Ineffective } from './explanation';
import type { ConsideredAssignment, ConsideredFacts } from './explanation.repository';
import { GrantPaths } from './grant-paths';

/** What is asked about the facts. */
export interface Question {
  readonly permission: string;
  /** Id or key of the tenant, as it was asked for. */
  readonly tenant?: string;
}

/** The facts about one account, decided by the same rules as every request. */
export class Considered {
  readonly paths: GrantPaths;
  /** The roles that count in the tenant that was asked for. */
  readonly graph: RoleGraph;
  /** Those of the assignments in force here, once account and tenant are in use. */
  readonly heldInUse: readonly string[];

  constructor(
    readonly facts: ConsideredFacts,
    readonly question: Question,
    readonly catalogue: CompiledCatalogue,
  ) {
    this.paths = new GrantPaths(catalogue, question.permission);
    this.graph = this.graphOf(this.tenantId);
    this.heldInUse = [
      ...new Set(
        facts.assignments
          .filter((assignment) => this.isHere(assignment) && isInForce(assignment))
          .map(({ roleId }) => roleId),
      ),
    ];
  }

  /** Undefined where what is assigned everywhere counts alone. */
  get tenantId(): string | undefined {
    return this.facts.tenant?.id;
  }

  get isAccountInUse(): boolean {
    return this.facts.status === 'active';
  }

  get isTenantInUse(): boolean {
    return this.question.tenant === undefined || this.facts.tenant?.status === 'active';
  }

  /** The roles that are held now. */
  get held(): readonly string[] {
    return this.isAccountInUse && this.isTenantInUse ? this.heldInUse : [];
  }

  get code(): DecisionCode {
    const { status } = this.facts;
    if (!this.isTenantInUse) return 'tenant_unknown';
    if (status === null) return 'account_unknown';
    if (status === 'disabled') return 'account_disabled';
    return this.isAllowed(this.grantsOf(this.held)) ? 'allowed' : 'permission_missing';
  }

  /** What some roles amount to when an account holds them here together. */
  grantsOf(held: readonly string[], activated?: readonly string[]): Grants {
    const { graph, catalogue } = this;
    return catalogue.grantsOfReach(graph.reachOf(this.activeOf(held, activated)));
  }

  activeOf(held: readonly string[], activated?: readonly string[]): readonly string[] {
    return activeRoles(held, { graph: this.graph, catalogue: this.catalogue, activated });
  }

  isAllowed({ bits }: Grants): boolean {
    return this.catalogue.has(bits, this.question.permission);
  }

  /** The roles that can meet in a tenant; without one, those for every tenant. */
  graphOf(tenantId: string | null | undefined): RoleGraph {
    return new RoleGraph(
      this.facts.roles.filter((role) => role.tenantId === null || role.tenantId === tenantId),
    );
  }

  /** Whether an assignment counts in the tenant that was asked for. */
  isHere({ tenantId }: ConsideredAssignment): boolean {
    return tenantId === null || tenantId === this.tenantId;
  }

  /** Every assignment that leads to the permission, what decides first. */
  grantPaths(): readonly GrantPath[] {
    const active = new Set(this.activeOf(this.held));
    const graphs = new Map<string | null, RoleGraph>();
    return this.facts.assignments
      .flatMap((assignment): GrantPath[] => {
        const { id, roleId, tenantId, validFrom, validUntil } = assignment;
        const graph = this.isHere(assignment)
          ? this.graph
          : (graphs.get(tenantId) ?? this.graphOf(tenantId));
        graphs.set(tenantId, graph);
        const role = graph.get(roleId);
        const path = role && this.paths.from(role, graph);
        if (path === undefined) return [];
        const why = this.#whyNot(assignment, active);
        return [
          {
            assignment: {
              id,
              tenantId,
              validFrom: timeOf(validFrom),
              validUntil: timeOf(validUntil),
            },
            ...path,
            effective: why === undefined,
            ...(why === undefined ? {} : { why }),
          },
        ];
      })
      .sort((one, other) => rankOf(one) - rankOf(other) || one.roles.length - other.roles.length);
  }

  #whyNot(assignment: ConsideredAssignment, active: ReadonlySet<string>): Ineffective | undefined {
    if (!this.isAccountInUse) return 'account_disabled';
    if (!this.isHere(assignment)) return 'other_tenant';
    if (!this.isTenantInUse) return 'tenant_disabled';
    if (assignment.ended) return 'expired';
    if (!assignment.began) return 'not_yet_valid';
    return active.has(assignment.roleId) ? undefined : 'kept_apart_in_session';
  }
}

/** What stands nearest to having an effect comes first. */
const NEARNESS: readonly (Ineffective | undefined)[] = [
  undefined,
  'kept_apart_in_session',
  'not_yet_valid',
  'expired',
  'tenant_disabled',
  'account_disabled',
  'other_tenant',
];

function rankOf({ why }: GrantPath): number {
  return NEARNESS.indexOf(why);
}

function isInForce({ began, ended }: ConsideredAssignment): boolean {
  return began && !ended;
}

function timeOf(json: string | null): Date | null {
  return json === null ? null : new Date(json);
}
