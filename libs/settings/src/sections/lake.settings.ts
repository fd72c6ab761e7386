import { FLAG, HTTP_URL, integer, LAKE_LOCATION, oneOf, SECRET, WORDS } from '../kinds/index.js';
import { Secret } from '../kinds/secret.js';
import { Setting } from './setting.js';

const ENCRYPTIONS = ['bucket-default', 'AES256', 'aws:kms'] as const;
const MISSING_OBJECTS = ['hold', 'from-start'] as const;

/** The archiver, and the operator's commands on the lake. */
export class LakeSettings {
  @Setting({
    key: 'LAKE_LOCATION',
    kind: LAKE_LOCATION,
    description:
      'Where the archiver keeps every record: s3://bucket/prefix, or a folder. Required by the archiver.',
  })
  readonly location: string | undefined;

  @Setting({
    key: 'LAKE_GROUP_ID',
    kind: WORDS,
    default: 'lake-archive-les-caves-albert-v1',
    description:
      "The archiver's consumer group. It only distributes the partitions: positions come from the objects.",
  })
  readonly groupId!: string;

  @Setting({
    key: 'LAKE_CLIENT_ID',
    kind: WORDS,
    default: 'sales-events-archiver',
    description: "The name of the archiver in the broker's logs and quotas.",
  })
  readonly clientId!: string;

  @Setting({
    key: 'LAKE_MAX_BYTES',
    kind: integer(65_536, 268_435_456),
    default: '16777216',
    description:
      'Objects are written when this much waits, in bytes before compression, over all partitions; bounds memory.',
  })
  readonly maxBytes!: number;

  @Setting({
    key: 'LAKE_MAX_WAIT_MS',
    kind: integer(100, 3_600_000),
    default: '60000',
    description: 'Objects are also written when the oldest record has waited this long.',
  })
  readonly maxWaitMs!: number;

  @Setting({
    key: 'LAKE_MISSING_OBJECTS',
    kind: oneOf(MISSING_OBJECTS),
    default: 'hold',
    description:
      'What to do with a partition whose records were archived, but not in this lake: hold, or from-start (archive what Kafka still has).',
  })
  readonly missingObjects!: (typeof MISSING_OBJECTS)[number];

  @Setting({
    key: 'LAKE_ENDPOINT',
    kind: HTTP_URL,
    description: 'URL of an S3-compatible server; if unset, AWS is used.',
  })
  readonly endpoint: string | undefined;

  @Setting({
    key: 'LAKE_REGION',
    kind: WORDS,
    description: 'Region of the bucket; without it, the one that AWS tools find (`AWS_REGION`).',
  })
  readonly region: string | undefined;

  @Setting({
    key: 'LAKE_PATH_STYLE',
    kind: FLAG,
    default: {
      text: 'true with `LAKE_ENDPOINT`, else false',
      from: ({ values }) => String(values.has('LAKE_ENDPOINT')),
    },
    description: 'Whether the bucket is in the path of a request and not in its host name.',
  })
  readonly pathStyle!: boolean;

  @Setting({
    key: 'LAKE_ACCESS_KEY_ID',
    kind: WORDS,
    description:
      'Credentials for the bucket; without them, those that AWS tools find: environment, profile, role of the pod or the machine.',
  })
  readonly accessKeyId: string | undefined;

  @Setting({
    key: 'LAKE_SECRET_ACCESS_KEY',
    kind: SECRET,
    description: 'The secret of that access key.',
  })
  readonly secretAccessKey: Secret | undefined;

  @Setting({
    key: 'LAKE_ENCRYPTION',
    kind: oneOf(ENCRYPTIONS),
    default: 'bucket-default',
    description: 'Server-side encryption of the objects.',
  })
  readonly encryption!: (typeof ENCRYPTIONS)[number];

  @Setting({
    key: 'LAKE_KMS_KEY_ID',
    kind: WORDS,
    description: 'The key for LAKE_ENCRYPTION=aws:kms; without it, the default key of the account.',
  })
  readonly kmsKeyId: string | undefined;
}
