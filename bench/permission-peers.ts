import { createMongoAbility } from '@casl/ability';
import { AccessControl } from 'accesscontrol';
import { newCachedEnforcer, newEnforcer, newModel, StringAdapter } from 'casbin';
import { GrantedAuthority } from '../src/access/authority';
import { CompiledCatalogue } from '../src/access/compiled-catalogue';
import { RoleGraph } from '../src/access/role-graph';
import { catalogueOf, QUESTIONS, type Check, type PermissionModel } from './permission-models';

/** Asks the questions in turn so many times, and counts the answers that were yes. */
export type Loop = (times: number, questions: readonly Check[]) => number | Promise<number>;

/** A library, set up for one model in its fastest documented form. */
export interface Peer {
  readonly name: string;
  readonly loop: Loop;
}

const ACCOUNT = 'account';
const MASK = QUESTIONS - 1;

const CASBIN_MODEL = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
`;

export async function peersOf(model: PermissionModel): Promise<readonly Peer[]> {
  return [portcullis(model), casl(model), accessControl(model), ...(await casbin(model))];
}

function portcullis(model: PermissionModel): Peer {
  const catalogue = new CompiledCatalogue(catalogueOf(model));
  const roles = model.held.map((name) => ({
    id: name,
    name,
    origin: 'code' as const,
    tenantId: null,
    permissions: [],
    parents: [],
  }));
  const held = { version: 1, held: model.held, graph: new RoleGraph(roles) };
  const authority = new GrantedAuthority(held, catalogue);
  return {
    name: 'portcullis',
    loop(times, questions) {
      let allowed = 0;
      for (let index = 0; index < times; index += 1) {
        if (authority.has(questions[index & MASK]!.permission)) allowed += 1;
      }
      return allowed;
    },
  };
}

/** The rules of one account, as its guide advises; checks of a type rather than of an object. */
function casl(model: PermissionModel): Peer {
  const rules = model.held.flatMap((role) =>
    model.grantsByRole.get(role)!.map(({ action, resource }) => ({ action, subject: resource })),
  );
  const ability = createMongoAbility(rules);
  return {
    name: '@casl/ability',
    loop(times, questions) {
      let allowed = 0;
      for (let index = 0; index < times; index += 1) {
        const { action, resource } = questions[index & MASK]!;
        if (ability.can(action, resource)) allowed += 1;
      }
      return allowed;
    },
  };
}

/** Grants as a list, locked; the roles of the account as a list. */
function accessControl(model: PermissionModel): Peer {
  const grants = [...model.grantsByRole].flatMap(([role, checks]) =>
    checks.map(({ resource, action }) => ({
      role,
      resource,
      action: `${action}:any`,
      attributes: ['*'],
    })),
  );
  const control = new AccessControl(grants).lock();
  const held = [...model.held];
  return {
    name: 'accesscontrol',
    loop(times, questions) {
      let allowed = 0;
      for (let index = 0; index < times; index += 1) {
        const { action, resource } = questions[index & MASK]!;
        const query = control.can(held);
        const permission = action === 'read' ? query.readAny(resource) : query.updateAny(resource);
        if (permission.granted) allowed += 1;
      }
      return allowed;
    },
  };
}

/** Its synchronous form without a cache, and its cache, which answers by a promise. */
async function casbin(model: PermissionModel): Promise<readonly Peer[]> {
  const lines = [...model.grantsByRole].flatMap(([role, checks]) =>
    checks.map(({ resource, action }) => `p, ${role}, ${resource}, ${action}`),
  );
  const policy = [...lines, ...model.held.map((role) => `g, ${ACCOUNT}, ${role}`)].join('\n');
  const enforcer = await newEnforcer(newModel(CASBIN_MODEL), new StringAdapter(policy));
  const cached = await newCachedEnforcer(newModel(CASBIN_MODEL), new StringAdapter(policy));
  return [
    {
      name: 'casbin, cached',
      async loop(times, questions) {
        let allowed = 0;
        for (let index = 0; index < times; index += 1) {
          const { action, resource } = questions[index & MASK]!;
          if (await cached.enforce(ACCOUNT, resource, action)) allowed += 1;
        }
        return allowed;
      },
    },
    {
      name: 'casbin',
      loop(times, questions) {
        let allowed = 0;
        for (let index = 0; index < times; index += 1) {
          const { action, resource } = questions[index & MASK]!;
          if (enforcer.enforceSync(ACCOUNT, resource, action)) allowed += 1;
        }
        return allowed;
      },
    },
  ];
}
