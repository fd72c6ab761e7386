import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { REPOSITORY_ROOT } from '#testing';
import { parseEnvFile } from './env-file.js';

export interface Service {
  image: string;
  command?: string[];
  build?: { context: string; dockerfile: string };
  profiles?: string[];
  privileged?: boolean;
  network_mode?: string;
  pid?: string;
  ports?: string[];
  volumes?: string[];
  env_file?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  security_opt?: string[];
  cap_drop?: string[];
  read_only?: boolean;
  stop_grace_period?: string;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[]; disable?: boolean };
}

export interface ComposeFile {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

/** Holds the compose files. */
export const FOLDER = join(REPOSITORY_ROOT, 'docker');
export const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
export const { services, volumes } = parse(read('compose.yaml'), { merge: true }) as ComposeFile;

/** The script that the service runs in a shell. */
export function scriptOf(service: Service | undefined): string {
  return service?.command?.at(-1) ?? '';
}

/** With other paths. */
export function withPlaces(script: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((text, [from, to]) => text.replaceAll(from, to), script);
}

/** The environment of a container of the service: `environment` overrides `env_file`. */
export function environmentOf(service: Service | undefined): Record<string, string> {
  const files = (service?.env_file ?? []).map((file) => parseEnvFile(join(FOLDER, file)));
  return Object.assign({ NODE_ENV: 'production' }, ...files, service?.environment) as Record<string, string>;
}
