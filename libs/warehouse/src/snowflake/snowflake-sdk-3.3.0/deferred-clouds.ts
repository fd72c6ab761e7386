import Module, { createRequire } from 'node:module';

/**
 * What the driver loads for files in the clouds' stores, and for logins with their identities. Of no use to a service
 * that does neither, and 9 MB of the heap with all that they load in turn.
 */
const LIBRARIES = [
  '@aws-crypto/sha256-js',
  '@aws-sdk/client-sts',
  '@aws-sdk/credential-provider-node',
  '@aws-sdk/ec2-metadata-service',
  '@azure/identity',
  '@azure/storage-blob',
  '@smithy/protocol-http',
  '@smithy/signature-v4',
  'google-auth-library',
];

/** Has the driver, which is to be loaded after this, get each of them when it first uses it. */
export function deferClouds(): void {
  const driver = createRequire(import.meta.resolve('snowflake-sdk'));
  for (const name of LIBRARIES) defer(driver, name);
}

function defer(require: NodeJS.Require, name: string): void {
  const file = require.resolve(name);
  if (require.cache[file] !== undefined) return;
  let library: object | null = null;
  const loaded = (): object => {
    if (library !== null) return library;
    Reflect.deleteProperty(require.cache, file);
    library = require(name) as object;
    return library;
  };
  const placeholder = new Module(file);
  placeholder.loaded = true;
  placeholder.exports = new Proxy(
    {},
    {
      get: (_, key) => Reflect.get(loaded(), key) as unknown,
      has: (_, key) => Reflect.has(loaded(), key),
      ownKeys: () => Reflect.ownKeys(loaded()),
      getOwnPropertyDescriptor: (_, key) => {
        const property = Reflect.getOwnPropertyDescriptor(loaded(), key);
        return property && { ...property, configurable: true };
      },
    },
  );
  require.cache[file] = placeholder;
}
