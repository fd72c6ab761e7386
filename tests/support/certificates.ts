import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const NEW_KEY = ['-newkey', 'rsa:2048', '-noenc', '-days', '2'];

/** A certificate and its key in PEM, with their files. */
export interface Certificate {
  cert: string;
  key: string;
  certFile: string;
  keyFile: string;
}

/** A certificate authority that nothing trusts by default. */
export async function makeAuthority(folder: string, name: string): Promise<Certificate> {
  return make(folder, name, ['-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:TRUE']);
}

/** A certificate of that authority for a server or client with this DNS name or IPv4 address. */
export async function makeCertificate(
  folder: string,
  name: string,
  { certFile, keyFile }: Certificate,
): Promise<Certificate> {
  const kind = isIPv4(name) ? 'IP' : 'DNS';
  const signed = ['-CA', certFile, '-CAkey', keyFile, '-addext', 'basicConstraints=CA:FALSE'];
  return make(folder, name, ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${kind}:${name}`, ...signed]);
}

async function make(folder: string, name: string, options: readonly string[]): Promise<Certificate> {
  const certFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  await run('openssl', ['req', '-x509', ...NEW_KEY, '-keyout', keyFile, '-out', certFile, ...options]);
  return {
    certFile,
    keyFile,
    cert: await readFile(certFile, 'utf8'),
    key: await readFile(keyFile, 'utf8'),
  };
}

/** One file with key and certificate: Apache Kafka's PEM key store. */
export async function writeKeyStore(
  folder: string,
  name: string,
  { cert, key }: Certificate,
): Promise<string> {
  const file = join(folder, `${name}.pem`);
  await writeFile(file, key + cert);
  return file;
}
