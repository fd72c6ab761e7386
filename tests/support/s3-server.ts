import { S3Server, S3ServerUnavailable } from '#testing/lake';
import { optional } from './optional.js';

/** Null without Go, which builds it. */
export async function s3ServerFor(suite: string): Promise<S3Server | null> {
  return optional(
    `${suite} on S3`,
    () => S3Server.start(),
    (error) => error instanceof S3ServerUnavailable,
  );
}
