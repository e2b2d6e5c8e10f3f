import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How much an application declares. */
export interface ApplicationSize {
  readonly resources: number;
  readonly actions: number;
  readonly roles: number;
  readonly controllers: number;
  readonly handlers: number;
}

/**
 * Writes an application that declares access as a team does, registered so that decorators know every
 * name: one file for the catalogue, one for each controller. It sees the library as a host does, by the
 * declarations of the build.
 */
export function writeApplication(folder: string, root: string, size: ApplicationSize): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration(root), undefined, 2));
  writeFileSync(join(folder, 'access.ts'), catalogue(size));
  for (let index = 0; index < size.controllers; index += 1) {
    writeFileSync(join(folder, `controller-${index}.ts`), controller(index, size));
  }
}

function configuration(root: string): object {
  return {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      rootDir: root,
      noEmit: true,
      types: ['node'],
      paths: { '@portcullis/nest': [join(root, 'dist/src/index.d.ts')] },
    },
    include: ['.'],
  };
}

function catalogue({ resources, actions, roles }: ApplicationSize): string {
  const names = Array.from({ length: actions }, (_, action) => `'do-${action}'`).join(', ');
  const permissions = Array.from(
    { length: resources },
    (_, resource) => `    'resource-${resource}': [${names}],`,
  );
  const declared = Array.from({ length: roles }, (_, role) => {
    const grants = `grants: ['resource-${role % resources}:do-0', 'resource-${(role * 7) % resources}:*']`;
    const parents = role === 0 ? '' : `, inherits: ['role-${Math.floor((role - 1) / 2)}']`;
    return `    'role-${role}': { ${grants}${parents} },`;
  });
  return `import { defineAccess } from '@portcullis/nest';

export const access = defineAccess({
  permissions: {
${permissions.join('\n')}
  },
  roles: {
${declared.join('\n')}
  },
});

declare module '@portcullis/nest' {
  interface Register {
    access: typeof access;
  }
}
`;
}

function controller(
  index: number,
  { resources, actions, roles, handlers }: ApplicationSize,
): string {
  const methods = Array.from({ length: handlers }, (_, handler) => {
    const resource = (index * handlers + handler) % resources;
    const decorator =
      handler % 5 === 4
        ? `@Roles('role-${(index + handler) % roles}')`
        : `@RequirePermissions('resource-${resource}:do-${handler % actions}')`;
    return `  ${decorator}
  @Get('${handler}')
  handler${handler}(): string {
    return '${handler}';
  }`;
  });
  return `import { Controller, Get } from '@nestjs/common';
import { ${handlers > 4 ? 'RequirePermissions, Roles' : 'RequirePermissions'} } from '@portcullis/nest';

@Controller('${index}')
export class Controller${index} {
${methods.join('\n\n')}
}
`;
}
