import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  BadRequestException,
  HttpException,
  HttpStatus,
  PayloadTooLargeException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';

/** A value of the longest text that the workbench shows, in JSON at its longest. */
const MOST_BYTES = 8 * 1024 * 1024;

type RequestClass<T> = new () => T;

/**
 * The query of a request as an instance of `kind`. The application itself parses no queries.
 *
 * @throws BadRequestException that says what is wrong
 */
export function queryOf<T extends object>({ url = '' }: IncomingMessage, kind: RequestClass<T>): T {
  const at = url.indexOf('?');
  return validated(kind, Object.fromEntries(new URLSearchParams(at === -1 ? '' : url.slice(at))));
}

/**
 * The JSON body of a request as an instance of `kind`. The application itself reads no bodies, and this one only after
 * the token was checked.
 *
 * @throws HttpException that says what is wrong
 */
export async function bodyOf<T extends object>(request: IncomingMessage, kind: RequestClass<T>): Promise<T> {
  const { 'content-type': type = '', 'content-length': length } = request.headers;
  // A form of another site cannot send this type.
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new UnsupportedMediaTypeException('Expected Content-Type: application/json.');
  }
  // Node holds the body to the length that it announces.
  if (length === undefined) throw new HttpException('Expected a Content-Length.', HttpStatus.LENGTH_REQUIRED);
  if (Number(length) > MOST_BYTES) {
    throw new PayloadTooLargeException(`The body has ${length} bytes; at most ${MOST_BYTES} are accepted.`);
  }
  return validated(kind, parsed(await text(request)));
}

function parsed(body: string): object {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // As for any other text that is no object.
  }
  throw new BadRequestException('The body is not a JSON object.');
}

function validated<T extends object>(kind: RequestClass<T>, plain: object): T {
  const instance = plainToInstance(kind, plain);
  const errors = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true });
  if (errors.length > 0) throw new BadRequestException(errors.flatMap(messagesOf).join('; '));
  return instance;
}

function messagesOf({ constraints = {}, children = [] }: ValidationError): string[] {
  return [...Object.values(constraints), ...children.flatMap(messagesOf)];
}
