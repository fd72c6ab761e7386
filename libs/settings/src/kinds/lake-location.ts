import { ValidateBy } from 'class-validator';
import { asIs, type Kind } from './kind.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^s3:\/\/(?<bucket>[a-z\d][a-z\d.-]{1,61}[a-z\d])(?:\/(?<prefix>[^\s?#]*))?$/;

/** Parses `s3://bucket/prefix`; null for anything else, which is a folder. The prefix is empty or ends with a slash. */
export function parseBucket(location: string): { bucket: string; prefix: string } | null {
  const { bucket, prefix = '' } = BUCKET.exec(location)?.groups ?? {};
  if (bucket === undefined) return null;
  const trimmed = prefix.replace(/\/+$/, '');
  return { bucket, prefix: trimmed === '' ? '' : `${trimmed}/` };
}

export const LAKE_LOCATION: Kind = {
  expected: 's3://bucket, s3://bucket/prefix or the path of a folder',
  isSecret: false,
  parse: asIs,
  rules: [
    ValidateBy({
      name: 'isLakeLocation',
      validator: { validate: (value) => typeof value === 'string' && isLocation(value) },
    }),
  ],
};

function isLocation(text: string): boolean {
  if (/^\w+:\/\//.test(text)) return parseBucket(text) !== null;
  return /^(?!\s)\P{Cc}{1,500}(?<!\s)$/u.test(text);
}
