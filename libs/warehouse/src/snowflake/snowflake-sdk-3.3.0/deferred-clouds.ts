import Module from 'node:module';

/**
 * The libraries that the driver loads for files in cloud storage and for logins with a cloud identity. A service that
 * uses neither saves 9 MB of heap without them.
 */
export const CLOUD_LIBRARIES = [
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

/** Makes the driver load each of them on first use. Call this before the driver is loaded. */
export function deferClouds(require: NodeJS.Require): void {
  for (const name of CLOUD_LIBRARIES) defer(require, name);
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
