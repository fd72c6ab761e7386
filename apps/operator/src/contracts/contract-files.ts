import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { schemaContract, SchemaError, type Contracts } from '#events';
import { messageOf, UsageError } from '../failures.js';

const SUFFIX = '.schema.json';

interface Read {
  from: string;
  schema: unknown;
}

/**
 * Reads contracts from a folder with one JSON Schema in each `*.schema.json`, or from a file with a list of them.
 *
 * @throws UsageError that names the file and what is wrong with it
 */
export async function readContracts(option: string, path: string): Promise<Contracts> {
  const contracts = new Map<string, ReturnType<typeof schemaContract>>();
  for (const { from, schema } of await readSchemas(option, path)) {
    const contract = contractOf(option, from, schema);
    if (contracts.has(contract.eventType))
      throw new UsageError(`${option}: ${from} describes ${contract.eventType}, as another schema does.`);
    contracts.set(contract.eventType, contract);
  }
  return contracts;
}

function contractOf(option: string, from: string, schema: unknown) {
  try {
    return schemaContract(schema);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new UsageError(
      `${option}: ${from} is not a contract: ${error.message}. npm run schemas and contracts export write contracts.`,
    );
  }
}

async function readSchemas(option: string, path: string): Promise<Read[]> {
  try {
    if ((await stat(path)).isDirectory()) return await schemasOfFolder(option, path);
    const list: unknown = JSON.parse(await readFile(path, 'utf8'));
    const schemas: unknown[] = Array.isArray(list) ? list : [list];
    return schemas.map((schema) => ({ from: path, schema }));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${option}: ${path} cannot be read: ${messageOf(error)}.`);
  }
}

async function schemasOfFolder(option: string, folder: string): Promise<Read[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX)).sort();
  if (names.length === 0) throw new UsageError(`${option}: ${folder} has no *${SUFFIX}.`);
  return Promise.all(
    names.map(async (name) => {
      const from = join(folder, name);
      try {
        return { from, schema: JSON.parse(await readFile(from, 'utf8')) as unknown };
      } catch (error) {
        throw new UsageError(`${option}: ${from} cannot be read: ${messageOf(error)}.`);
      }
    }),
  );
}
