import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, Options } from 'ajv/dist/2020.js';
import type { JsonObject } from '../json.js';
import { patterns } from './patterns.js';

export interface CompiledSchema {
  isSatisfiedBy: (event: JsonObject) => boolean;
  /** Every error, by field. */
  errors: (event: JsonObject) => ReadonlyMap<string, ErrorObject[]>;
}

/** @throws Error if the schema is invalid */
export function compileSchema(schema: Record<string, unknown>, given: Options = {}): CompiledSchema {
  const options: Options = { strict: true, code: { regExp: patterns }, ...given };
  const isSatisfiedBy = new Ajv2020(options).compile(schema);
  const listErrors = new Ajv2020({ ...options, allErrors: true }).compile(schema);
  const errors = (event: JsonObject) => {
    listErrors(event);
    return Map.groupBy(listErrors.errors ?? [], fieldOf);
  };
  return { isSatisfiedBy, errors };
}

/** An error concerns a field of the event, whatever is inside of it, or a missing one. */
function fieldOf({ keyword, params, instancePath }: ErrorObject): string {
  if (keyword === 'required' && instancePath === '')
    return (params as { missingProperty: string }).missingProperty;
  const [, name = ''] = instancePath.split('/');
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}
