import { S3Server, S3ServerUnavailable } from '#testing/lake';

const isMandatory = process.env['CI'] !== undefined;

/** Without Go a suite is skipped with a message, except where everything must be checked. */
export async function s3ServerFor(suite: string): Promise<S3Server | null> {
  try {
    return await S3Server.start();
  } catch (error) {
    if (!(error instanceof S3ServerUnavailable) || isMandatory) throw error;
    process.stdout.write(`Left out: ${suite} on S3: ${error.message}\n`);
    return null;
  }
}
