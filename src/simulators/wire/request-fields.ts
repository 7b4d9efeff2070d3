/**
 * The fields of one request, read by name as text, figures, whole numbers and flags, with the venue's own refusals.
 *
 * Entry points: `RequestFields`, `lenientRules`; `formValues` and `objectValues` make its values of a query string, a form or a JSON object.
 * A venue hands in `FieldRules`: forms as patterns, refusals as functions. Every read is recorded, so that `refuseUnread`
 * can refuse a field that no one asked for, on venues that do.
 */
import { Decimal } from '../../core/decimal.ts';

/** How a kind of value must look. */
export interface FieldForm {
  readonly pattern: RegExp;
  /** The same as the venue prints it in a refusal; unused where it prints none. */
  readonly shown: string;
}

/** The values that a venue takes, and the error with which it refuses all others. */
export interface FieldRules {
  readonly decimal: FieldForm;
  readonly integer: FieldForm;
  /** Tested on the lower-case text. */
  readonly boolean: FieldForm;
  /** Digits after the point that a figure may have. */
  readonly maxScale: number;
  readonly missing: (name: string) => Error;
  /** Sent, and without a value; null where a venue takes such a field for one that was not sent. */
  readonly empty: ((name: string) => Error) | null;
  readonly malformed: (name: string, shown: string) => Error;
  readonly tooPrecise: (name: string) => Error;
  /** Null where a venue takes no notice of fields that it does not know. */
  readonly unread: ((read: number, sent: number) => Error) | null;
  /** Fields that are read before any endpoint runs: signature, timestamp and the like. */
  readonly alwaysRead: readonly string[];
}

/**
 * The rules of a venue that passes over fields it does not know, takes an empty one for one that was not sent, and writes figures and flags as JSON
 * does; `own` says what it does otherwise.
 */
export function lenientRules(
  own: Pick<FieldRules, 'missing' | 'malformed'> & Partial<FieldRules>,
): FieldRules {
  return {
    decimal: { pattern: /^\d+(?:\.\d+)?$/, shown: 'a decimal' },
    integer: { pattern: /^\d{1,15}$/, shown: 'an integer' },
    boolean: { pattern: /^(?:true|false)$/, shown: 'a boolean' },
    maxScale: 18,
    empty: null,
    tooPrecise: (name) => own.malformed(name, 'a figure of fewer digits'),
    unread: null,
    alwaysRead: [],
    ...own,
  };
}

/** Whether a parsed value is a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export class RequestFields {
  readonly #values: ReadonlyMap<string, string>;
  readonly #rules: FieldRules;
  readonly #read: Set<string>;

  constructor(values: ReadonlyMap<string, string>, rules: FieldRules) {
    this.#values = values;
    this.#rules = rules;
    this.#read = new Set(rules.alwaysRead);
  }

  get count(): number {
    return this.#values.size;
  }

  /** The text as sent, or undefined when the field was not sent. An empty value is refused, or counts as not sent. */
  optional(name: string): string | undefined {
    this.#read.add(name);
    const value = this.#values.get(name);
    if (value !== '') return value;
    if (this.#rules.empty === null) return undefined;
    throw this.#rules.empty(name);
  }

  required(name: string): string {
    this.#read.add(name);
    const value = this.#values.get(name);
    if (value === undefined || value === '') throw this.#rules.missing(name);
    return value;
  }

  /** A figure in the form that the rules take, exact. */
  optionalDecimal(name: string): Decimal | undefined {
    const text = this.optional(name);
    if (text === undefined) return undefined;
    const { pattern, shown } = this.#rules.decimal;
    const value = pattern.test(text) ? Decimal.tryParse(text) : 'not_a_number';
    if (typeof value === 'string') throw this.#rules.malformed(name, shown);
    if (value.scale > this.#rules.maxScale) throw this.#rules.tooPrecise(name);
    return value;
  }

  requiredDecimal(name: string): Decimal {
    const value = this.optionalDecimal(name);
    if (value === undefined) throw this.#rules.missing(name);
    return value;
  }

  /** A whole number, such as an id, a time in milliseconds or a count. */
  optionalInteger(name: string): number | undefined {
    const { pattern, shown } = this.#rules.integer;
    const text = this.optionalMatching(name, pattern, shown);
    return text === undefined ? undefined : Number(text);
  }

  requiredInteger(name: string): number {
    const value = this.optionalInteger(name);
    if (value === undefined) throw this.#rules.missing(name);
    return value;
  }

  optionalBoolean(name: string): boolean | undefined {
    const text = this.optional(name)?.toLowerCase();
    if (text === undefined) return undefined;
    const { pattern, shown } = this.#rules.boolean;
    if (!pattern.test(text)) throw this.#rules.malformed(name, shown);
    return text === 'true';
  }

  /** A value that must match `pattern`; `shown` is the form as the venue prints it. */
  optionalMatching(name: string, pattern: RegExp, shown: string): string | undefined {
    const text = this.optional(name);
    if (text !== undefined && !pattern.test(text)) throw this.#rules.malformed(name, shown);
    return text;
  }

  has(name: string): boolean {
    return this.#rules.empty === null ? (this.#values.get(name) ?? '') !== '' : this.#values.has(name);
  }

  /** Marks fields as known that the endpoint takes no notice of. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** Refuses fields that were sent and not read. Called after the last read, before any effect. */
  refuseUnread(): void {
    if (this.#rules.unread === null) return;
    const read = [...this.#values.keys()].filter((name) => this.#read.has(name)).length;
    if (read < this.#values.size) throw this.#rules.unread(read, this.#values.size);
  }
}

/** The pairs of a query string (without its `?`) or a form body. `duplicate` is thrown for a name that stands twice. */
export function formValues(text: string, duplicate: () => Error): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (values.has(name)) throw duplicate();
    values.set(name, value);
  }
  return values;
}

/** The members of a JSON object as text: strings bare, anything else as JSON prints it, nulls left out. */
export function objectValues(object: Readonly<Record<string, unknown>>): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(object))
    if (value !== null && value !== undefined) values.set(name, valueText(value));
  return values;
}

/** One JSON value as `objectValues` reads it. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
