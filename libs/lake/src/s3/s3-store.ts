import type * as S3 from '@aws-sdk/client-s3';
import { FaultError, type Fault } from '#pipeline';
import { firstOffsetOf, objectKey, partitionOf } from '../format/object-key.js';
import type { ListedObject, ObjectStore } from '../object-store.js';
import { lastListed, type Page } from './last-key.js';
import { isTaken, orS3Fault, s3Fault } from './s3-faults.js';

export interface S3Options {
  bucket: string;
  /** Before every key; empty, or ends with a slash. */
  prefix: string;
  /** Undefined for AWS. */
  endpoint: string | undefined;
  /** Undefined: as the SDK finds it. */
  region: string | undefined;
  /** Whether the bucket is in the path and not in the host name. */
  pathStyle: boolean;
  /** Undefined: the SDK's chain of providers. Called for each client, because credentials are rotated. */
  credentials: (() => { accessKeyId: string; secretAccessKey: string }) | undefined;
  encryption: 'bucket-default' | 'AES256' | 'aws:kms';
  kmsKeyId: string | undefined;
}

const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;
/** For everything that one call does. */
const CALL_TIMEOUT_MS = 120_000;

type Sdk = typeof S3;

/** Objects in a bucket of S3, or of a server that speaks its protocol and supports conditional writes. */
export class S3Store implements ObjectStore {
  readonly location: string;
  #opened: Promise<{ sdk: Sdk; client: S3.S3Client }> | null = null;

  constructor(private readonly options: S3Options) {
    const { endpoint, bucket, prefix } = options;
    const host = endpoint === undefined ? '' : ` at ${endpoint}`;
    this.location = `s3://${bucket}/${prefix}`.replace(/\/$/, '') + host;
  }

  /** Lists, and reads what does not exist: writing a probe would leave an object that may not be deleted. */
  async check(): Promise<Fault[]> {
    try {
      const { sdk, client } = await this.#open();
      const { bucket: Bucket, prefix: Prefix } = this.options;
      await client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }), deadline());
      return [];
    } catch (error) {
      return [s3Fault(error, `The lake in ${this.location} cannot be read`)];
    }
  }

  /** Without retries of the SDK: the pipeline retries, and finds its own object if only the response was lost. */
  put(
    key: string,
    content: Buffer,
    metadata: Readonly<Record<string, string>>,
  ): Promise<'written' | 'exists'> {
    return orS3Fault(`Writing ${key} to the lake`, async () => {
      const { sdk, client } = await this.#open();
      const { bucket: Bucket, encryption, kmsKeyId } = this.options;
      try {
        await client.send(
          new sdk.PutObjectCommand({
            Bucket,
            Key: this.#key(key),
            Body: content,
            IfNoneMatch: '*',
            ContentType: contentTypeOf(key),
            Metadata: { ...metadata },
            ...(encryption === 'bucket-default' ? {} : { ServerSideEncryption: encryption }),
            ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
          }),
          deadline(),
        );
        return 'written';
      } catch (error) {
        if (isTaken(error)) return 'exists';
        throw error;
      }
    });
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    let after: string | null = null;
    for (;;) {
      const page: Page<ListedObject> = await this.#page(prefix, after);
      yield* page.objects;
      after = page.objects.at(-1)?.key ?? null;
      if (!page.isTruncated || after === null) return;
    }
  }

  last(prefix: string): Promise<ListedObject | null> {
    const at = partitionOf(`${prefix}${'0'.repeat(20)}.ndjson.zst`);
    if (at === null) throw new Error(`${prefix} is not the prefix of a partition`);
    return lastListed(
      async (offset) => {
        const page = await this.#page(prefix, offset === null ? null : objectKey(at, offset));
        return { ...page, objects: page.objects.filter(({ key }) => firstOffsetOf(key) !== null) };
      },
      ({ key }) => firstOffsetOf(key) ?? 0,
    );
  }

  tail(key: string, bytes: number): Promise<Buffer> {
    return this.#get(key, `bytes=-${bytes}`);
  }

  /** Whole: an object has a few megabytes, and a slow reader would keep the connection waiting. */
  async *read(key: string): AsyncIterable<Buffer> {
    yield await this.#get(key);
  }

  async close(): Promise<void> {
    if (this.#opened === null) return;
    const { client } = await this.#opened;
    client.destroy();
  }

  #get(key: string, range?: string): Promise<Buffer> {
    return orS3Fault(`Reading ${key} from the lake`, async () => {
      const { sdk, client } = await this.#open();
      const { Body, ContentLength } = await client.send(
        new sdk.GetObjectCommand({
          Bucket: this.options.bucket,
          Key: this.#key(key),
          ...(range === undefined ? {} : { Range: range }),
        }),
        deadline(),
      );
      const content = Buffer.from((await Body?.transformToByteArray()) ?? []);
      if (ContentLength !== undefined && content.length !== ContentLength) throw cutShort(key);
      return content;
    });
  }

  #page(prefix: string, after: string | null): Promise<Page<ListedObject>> {
    return orS3Fault(`Listing ${prefix} in the lake`, async () => {
      const { sdk, client } = await this.#open();
      const { Contents = [], IsTruncated = false } = await client.send(
        new sdk.ListObjectsV2Command({
          Bucket: this.options.bucket,
          Prefix: this.#key(prefix),
          ...(after === null ? {} : { StartAfter: this.#key(after) }),
        }),
        deadline(),
      );
      const objects = Contents.map(({ Key = '', Size = 0, LastModified }) => ({
        key: Key.slice(this.options.prefix.length),
        bytes: Size,
        writtenAtMs: LastModified?.getTime() ?? 0,
      }));
      return { objects, isTruncated: IsTruncated };
    });
  }

  #key(key: string): string {
    return this.options.prefix + key;
  }

  /** Loads the SDK on first use: a lake in a folder does not need its 30 MB of memory. */
  #open(): Promise<{ sdk: Sdk; client: S3.S3Client }> {
    this.#opened ??= this.#connect();
    return this.#opened;
  }

  async #connect(): Promise<{ sdk: Sdk; client: S3.S3Client }> {
    const sdk = await import('@aws-sdk/client-s3');
    const { endpoint, region, pathStyle, credentials } = this.options;
    const client = new sdk.S3Client({
      forcePathStyle: pathStyle,
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        socketTimeout: IDLE_TIMEOUT_MS,
        // Also for a server that accepts a request and never answers.
        requestTimeout: CALL_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(region === undefined ? {} : { region }),
      ...(credentials === undefined ? {} : { credentials: async () => credentials() }),
    });
    return { sdk, client };
  }
}

function contentTypeOf(key: string): string {
  if (key.endsWith('.zst')) return 'application/zstd';
  return key.endsWith('.json') ? 'application/json' : 'application/vnd.apache.parquet';
}

function deadline(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) };
}

function cutShort(key: string): FaultError {
  const message = `The store ended its response for ${key} early`;
  return new FaultError({ class: 'transient', code: 'CUT_SHORT', message, remedy: null });
}
