import { FaultError, type Fault } from '#pipeline';

/** What the SDK's errors have in common. */
interface S3Error extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

const LOGIN =
  'Check the credentials, and that they may put, get and list objects in the bucket of LAKE_LOCATION';

const REMEDIES = new Map([
  ['NoSuchBucket', 'Create the bucket, or correct LAKE_LOCATION'],
  ['PermanentRedirect', 'Set LAKE_REGION to the region of the bucket'],
  ['AuthorizationHeaderMalformed', 'Set LAKE_REGION to the region of the bucket'],
  ['RequestTimeTooSkewed', "Correct this machine's clock"],
  [
    'CredentialsProviderError',
    'Set LAKE_ACCESS_KEY_ID and LAKE_SECRET_ACCESS_KEY, or provide credentials as AWS tools expect them',
  ],
  ['NotImplemented', 'The lake needs a store that supports conditional writes (If-None-Match)'],
  ['KMS.DisabledException', 'Enable the key that LAKE_KMS_KEY_ID names'],
  ['KMS.NotFoundException', 'Correct LAKE_KMS_KEY_ID'],
]);

/** Classifies an error of the SDK: what waiting may cure is transient. */
export function s3Fault(error: unknown, doing: string): Fault {
  const { name, message, code: socketCode, $metadata } = error as S3Error;
  const status = $metadata?.httpStatusCode;
  const code = name === 'Error' ? (socketCode ?? 'UNKNOWN') : name;
  const remedy = REMEDIES.get(code) ?? (status === 401 || status === 403 ? LOGIN : null);
  const answer = status === undefined ? '' : ` (HTTP ${status})`;
  return {
    class: remedy === null ? 'transient' : 'setup',
    code,
    message: `${doing}${answer}: ${message === '' ? 'no reason given' : message}`,
    remedy,
  };
}

/** Whether an object with this key exists already. */
export function isTaken(error: unknown): boolean {
  return (error as S3Error).$metadata?.httpStatusCode === 412;
}

/** Runs an operation and throws its errors as {@link FaultError}. */
export async function orS3Fault<Result>(doing: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof FaultError ? error : new FaultError(s3Fault(error, doing));
  }
}
