import { applyDecorators } from '@nestjs/common';
import { Expose, Transform } from 'class-transformer';
import { IsDefined, IsOptional } from 'class-validator';
import type { Kind } from '../kinds/index.js';

/** What derived defaults can depend on: other settings and the environment. */
export interface Given {
  /** The texts of all given settings and of the defaults derived so far. */
  values: ReadonlyMap<string, string>;
  /** The given keys, even if their file cannot be read. */
  keys: ReadonlySet<string>;
  /** Whether NODE_ENV is `production`. */
  isProduction: boolean;
  /** Whether standard output is a terminal. */
  isTerminal: boolean;
}

/** One setting, as parsing, documentation and the detection of misspelled keys use it. */
export interface SettingDeclaration {
  /** The name in the environment. `<key>_FILE` names a file that holds the value instead. */
  key: string;
  kind: Kind;
  /** One sentence for the configuration table. */
  description: string;
  /** In the form of the environment. A setting without a default is optional unless it is `required`. */
  default?: string | { text: string; from: (given: Given) => string | undefined };
  required?: true;
}

/** A setting and the property of its section that holds it. */
export interface SettingProperty extends SettingDeclaration {
  property: string;
}

// A class of settings, which class-transformer instantiates without arguments.
export type SectionClass<T extends object = object> = new () => T;

const properties = new Map<unknown, SettingProperty[]>();

/** Declares a property of a section as a setting. This is the only place to change when a setting is added. */
export function Setting(declaration: SettingDeclaration): PropertyDecorator {
  const { key, kind, required } = declaration;
  const register: PropertyDecorator = (target, property) => {
    const section = target.constructor;
    properties.set(section, [
      ...(properties.get(section) ?? []),
      { ...declaration, property: String(property) },
    ]);
  };
  return applyDecorators(
    register,
    Expose({ name: key }),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? kind.parse(value) : value)),
    required === true ? IsDefined() : IsOptional(),
    ...kind.rules,
  );
}

/** The settings of a section in declaration order, then those that it inherits. */
export function settingsOf(section: unknown): readonly SettingProperty[] {
  if (typeof section !== 'function') return [];
  return [...(properties.get(section) ?? []), ...settingsOf(Object.getPrototypeOf(section))];
}
