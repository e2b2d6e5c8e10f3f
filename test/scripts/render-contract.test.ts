import type { OpenAPIObject } from '@nestjs/swagger';
import { renderContract } from '../../scripts/render-contract';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const NAMES = [
  'LoginDto',
  'LogoutDto',
  'StepUpDto',
  'CurrentSessionAnswer',
  'IssuedAnswer',
  'SessionListAnswer',
];

/** A document in which every type that the client speaks of is the same. */
function documentOf(schema: Schemas[string], more: Schemas = {}): OpenAPIObject {
  const schemas = Object.fromEntries(NAMES.map((name) => [name, schema]));
  return {
    openapi: '3.0.0',
    info: { title: '', version: '1' },
    paths: {},
    components: { schemas: { ...schemas, ...more } },
  };
}

it('the contract says of each member its type, whether it may be missing, and whether it may be null', () => {
  const contract = renderContract(
    documentOf(
      {
        type: 'object',
        required: ['id', 'tenantId', 'who'],
        properties: {
          id: { type: 'string' },
          tenantId: { type: 'string', nullable: true },
          who: { $ref: '#/components/schemas/Person' },
          scope: { type: 'string', enum: ['current', 'all'], description: 'Which ones.' },
          amr: { type: 'array', items: { type: 'string' } },
        },
      },
      { Person: { type: 'object', required: ['age'], properties: { age: { type: 'number' } } } },
    ),
  );
  expect(contract).toContain(`export interface LogoutDto {
  readonly id: string;
  readonly tenantId: string | null;
  readonly who: Person;
  /** Which ones. */
  readonly scope?: 'current' | 'all';
  readonly amr?: readonly string[];
}`);
  expect(contract.match(/export interface Person \{\n {2}readonly age: number;\n\}/g)).toHaveLength(
    1,
  );
});

it('what the document does not hold, or the contract cannot say, fails instead of becoming unknown', () => {
  expect(() => renderContract(documentOf({ type: 'object' }))).toThrow('says nothing of LoginDto');
  expect(() =>
    renderContract(documentOf({ type: 'object', properties: { what: { type: 'object' } } })),
  ).toThrow('LoginDto.what has a type that the contract cannot say');
});
