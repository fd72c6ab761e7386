import { applyDecorators } from '@nestjs/common';
import { Expose, Transform } from 'class-transformer';
import { IsDefined, IsOptional } from 'class-validator';
import type { Kind } from './kinds.js';

/** What is known of the other settings and of the surroundings when a default is derived. */
export interface Given {
  /** The texts of all settings that were given, and of the defaults derived so far. */
  values: ReadonlyMap<string, string>;
  /** The keys that were given, also where their file cannot be read. */
  keys: ReadonlySet<string>;
  /** NODE_ENV is `production`. */
  isProduction: boolean;
  /** The standard output is a terminal. */
  isTerminal: boolean;
}

/** One setting: all that parsing, documents and the search for misspelled keys need to know. */
export interface SettingDeclaration {
  /** The name in the environment. `<key>_FILE` names a file that holds the value instead. */
  key: string;
  kind: Kind;
  /** One sentence for the configuration table. */
  description: string;
  /** As it would stand in the environment. A setting without one is optional, unless it is `required`. */
  default?: string | { text: string; from: (given: Given) => string | undefined };
  required?: true;
}

/** A setting and the property of its section that holds it. */
export interface SettingProperty extends SettingDeclaration {
  property: string;
}

// A class of settings; its instances are made by class-transformer, without arguments.
export type SectionClass<T extends object = object> = new () => T;

const properties = new Map<unknown, SettingProperty[]>();

/** Declares a property of a section as a setting: the one place to touch when a setting is added. */
export function Setting(declaration: SettingDeclaration): PropertyDecorator {
  const { key, kind, required } = declaration;
  const register: PropertyDecorator = (target, property) => {
    const section = target.constructor;
    properties.set(section, [...settingsOf(section), { ...declaration, property: String(property) }]);
  };
  return applyDecorators(
    register,
    Expose({ name: key }),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? kind.parse(value) : value)),
    required === true ? IsDefined() : IsOptional(),
    ...kind.rules,
  );
}

/** The settings of a section, in the order in which it declares them. */
export function settingsOf(section: unknown): readonly SettingProperty[] {
  return properties.get(section) ?? [];
}
