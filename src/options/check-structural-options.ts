import { isAccessCatalogue } from '../route-access/access-catalogue';
import { checkFormOptions } from './form-options';
import { OptionReader } from './option-reader';
import type { StructuralAuthOptions } from './structural-options';

const KNOWN = [
  'access',
  'dataSource',
  'prefix',
  'adminPrefix',
  'administration',
  'unannotated',
  'thirdParty',
  'throttleEveryRoute',
  'globalGuards',
  'forms',
] as const satisfies readonly (keyof StructuralAuthOptions)[];

/**
 * Checks the options that decide about access, and returns them.
 *
 * @throws ConfigurationError
 */
export function checkStructuralOptions(options: StructuralAuthOptions): StructuralAuthOptions {
  const reader = new OptionReader();
  reader.section('', options, KNOWN);
  if (!isAccessCatalogue(options.access)) {
    reader.refuse({
      option: 'access',
      bound: 'what defineAccess returned',
      reason: 'nothing else has been checked for unknown names, cycles and empty lists',
    });
  }
  reader.oneOf('unannotated', options.unannotated, ['refuse', 'authenticated'], 'refuse');
  reader.boolean('throttleEveryRoute', options.throttleEveryRoute, false);
  reader.boolean('administration', options.administration, true);
  reader.boolean('globalGuards', options.globalGuards, true);
  checkFormOptions(reader, options.forms);
  (options.thirdParty ?? []).forEach(({ access, reason }, index) => {
    const option = `thirdParty[${index}]`;
    reader.oneOf(`${option}.access`, access, ['public', 'authenticated'], 'authenticated');
    const rule = { reason: 'whoever reviews the access of the routes has to know why' };
    reader.text(`${option}.reason`, typeof reason === 'string' ? reason.trim() : reason, rule);
  });
  reader.finish();
  return options;
}
