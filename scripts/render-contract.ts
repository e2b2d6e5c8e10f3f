import type { OpenAPIObject } from '@nestjs/swagger';
import { ERROR_CODES } from '../src/errors/error-codes';

/** The bodies and answers that the client speaks of. Whatever they refer to comes along. */
const WIRE_TYPES = [
  'LoginDto',
  'LogoutDto',
  'StepUpDto',
  'CurrentSessionAnswer',
  'IssuedAnswer',
  'SessionListAnswer',
];

const INTRODUCTION = `/*
 * What the server and this package agree on. Generated from src/errors/error-codes.ts and the OpenAPI
 * document of the reference server by "npm run generate".
 */
`;

interface SchemaReference {
  readonly $ref: string;
}

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Exclude<Schemas[string], SchemaReference>;

/**
 * The contract as TypeScript: types alone, which weigh nothing in a page.
 *
 * @throws Error naming what the document does not hold, or what this cannot write as a type
 */
export function renderContract(document: OpenAPIObject): string {
  const schemas = document.components?.schemas ?? {};
  const wanted = new Set(WIRE_TYPES);
  const declarations: string[] = [];
  // A Set also visits what is added while it is walked through.
  for (const name of wanted) {
    declarations.push(declarationOf(name, schemas[name], wanted));
  }
  const codes = Object.keys(ERROR_CODES).map((code) => `  | '${code}'`);
  return [
    INTRODUCTION,
    `/** Every code that the server answers with. */\nexport type ServerErrorCode =\n${codes.join('\n')};\n`,
    ...declarations,
  ].join('\n');
}

function declarationOf(
  name: string,
  schema: Schemas[string] | undefined,
  wanted: Set<string>,
): string {
  if (schema === undefined || '$ref' in schema || schema.properties === undefined) {
    throw new Error(`The OpenAPI document says nothing of ${name}`);
  }
  const required = new Set(schema.required);
  const members = Object.entries(schema.properties).map(([member, type]) => {
    const sign = required.has(member) ? '' : '?';
    return `${commentOf(type)}  readonly ${member}${sign}: ${typeOf(type, `${name}.${member}`, wanted)};`;
  });
  return `export interface ${name} {\n${members.join('\n')}\n}\n`;
}

function commentOf(type: Schemas[string]): string {
  if ('$ref' in type || type.description === undefined) return '';
  const lines = type.description.split('\n');
  if (lines.length === 1) return `  /** ${type.description} */\n`;
  return `  /**\n${lines.map((line) => `   * ${line}\n`).join('')}   */\n`;
}

function typeOf(type: Schemas[string], where: string, wanted: Set<string>): string {
  if ('$ref' in type) {
    const name = type.$ref.slice(type.$ref.lastIndexOf('/') + 1);
    wanted.add(name);
    return name;
  }
  return `${bareTypeOf(type, where, wanted)}${type.nullable === true ? ' | null' : ''}`;
}

function bareTypeOf(type: Schema, where: string, wanted: Set<string>): string {
  if (type.enum !== undefined) {
    return type.enum.map((value: unknown) => `'${String(value)}'`).join(' | ');
  }
  if (type.type === 'string' || type.type === 'boolean' || type.type === 'number') return type.type;
  if (type.type === 'array' && type.items !== undefined) {
    return `readonly ${typeOf(type.items, where, wanted)}[]`;
  }
  throw new Error(`${where} has a type that the contract cannot say`);
}
