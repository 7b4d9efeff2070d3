/**
 * Reads a venue's JSON without losing a digit.
 *
 * Entry points: `parseExactJson` and the typed readers over what it returns. A number whose text a double
 * carries exactly stays a number; any longer one comes back as the text the venue wrote, so `figure` is exact
 * for both. ccxt's own parser keeps long integers exact but not long fractions, hence this one.
 */
import { Decimal } from '../../core/decimal.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';

/**
 * A number token of 16 characters or more outside quotes. Shorter ones have at most 15 significant digits,
 * which a double gives back unchanged. A match inside a string only costs the slower path.
 */
const LONG_NUMBER = /[:,[]\s*-?\d[\d.eE+-]{15}/;

/** A body that is not JSON, or not of the documented shape. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

type SourceReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
/** The standard library's type lacks the reviver's third argument, which the runtime passes. */
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => JsonValue;

const keepSource: SourceReviver = (_key, value, context) =>
  typeof value === 'number' ? (context.source ?? String(value)) : value;

/** Throws `MalformedAnswer` for what is not JSON. */
export function parseExactJson(text: string): JsonValue {
  try {
    return LONG_NUMBER.test(text) ? parseWithSource(text, keepSource) : (JSON.parse(text) as JsonValue);
  } catch (cause) {
    throw new MalformedAnswer(`not JSON: ${excerpt(text)}`, { cause });
  }
}

/** The first characters of a body, for a message; NUL is stripped because it may reach the journal. */
export function excerpt(text: string, length = 200): string {
  return text.slice(0, length).replaceAll('\0', '');
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: JsonValue | undefined, what: string): JsonObject {
  if (!isObject(value)) throw new MalformedAnswer(`${what} is not an object`);
  return value;
}

export function asArray(value: JsonValue | undefined, what: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw new MalformedAnswer(`${what} is not a list`);
  return value as readonly JsonValue[];
}

/** The objects of a list; `what` names one of them. */
export function objectsIn(value: JsonValue | undefined, what: string): readonly JsonObject[] {
  return asArray(value, `${what}s`).map((item) => asObject(item, what));
}

/** A text, or a number as its digits: venues print ids either way. */
export function text(object: JsonObject, key: string): string {
  const value = object[key];
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new MalformedAnswer(`${key} is missing`);
}

/** As `text`, or null where the key is absent, null or empty. */
export function optionalText(object: JsonObject, key: string): string | null {
  const value = object[key];
  if (value === undefined || value === null || value === '') return null;
  return text(object, key);
}

/** An exact decimal. */
export function figure(object: JsonObject, key: string): Decimal {
  const value = Decimal.tryParse(text(object, key));
  if (typeof value === 'string') throw new MalformedAnswer(`${key} is not a figure: ${text(object, key)}`);
  return value;
}

/** An exact decimal that stands in a list; `what` names it in a failure. */
export function figureAt(list: readonly JsonValue[], index: number, what: string): Decimal {
  return figure({ [what]: list[index] ?? null }, what);
}

/** As `figureAt`, a whole number that a double carries exactly. */
export function wholeNumberAt(list: readonly JsonValue[], index: number, what: string): number {
  return wholeNumber({ [what]: list[index] ?? null }, what);
}

/** As `figure`, or null where the key is absent, null or empty. */
export function optionalFigure(object: JsonObject, key: string): Decimal | null {
  return optionalText(object, key) === null ? null : figure(object, key);
}

/** As `optionalFigure`, or null where it is zero or less: many venues write zero for what is not set. */
export function positiveFigure(object: JsonObject, key: string): Decimal | null {
  return positiveOrNull(optionalFigure(object, key));
}

export function positiveOrNull(value: Decimal | null): Decimal | null {
  return value?.isPositive() === true ? value : null;
}

/** A whole number of milliseconds, or any other count that a double carries exactly. */
export function wholeNumber(object: JsonObject, key: string): number {
  const value = Number(text(object, key));
  if (!Number.isSafeInteger(value)) throw new MalformedAnswer(`${key} is not a whole number`);
  return value;
}

export function flag(object: JsonObject, key: string): boolean {
  const value = object[key];
  if (typeof value !== 'boolean') throw new MalformedAnswer(`${key} is not true or false`);
  return value;
}

/** One of the venue's words, as what it means. */
export function word<Meaning>(
  object: JsonObject,
  key: string,
  meanings: Readonly<Record<string, Meaning>>,
): Meaning {
  const given = text(object, key);
  const meaning = Object.hasOwn(meanings, given) ? meanings[given] : undefined;
  if (meaning === undefined)
    throw new MalformedAnswer(`${key} is none of ${Object.keys(meanings).join(', ')}: ${excerpt(given)}`);
  return meaning;
}
