/**
 * Request bodies as JSON without losing a digit.
 *
 * Entry points: `parseExactJson`, `ExactNumber`, `JsonRefused`.
 *
 * A number whose text is what JavaScript would print for it (`5`, `0.001`) stays a number; any other
 * (`0.10000000000000000001`, `1e400`, `1.0`) becomes an `ExactNumber` with its text.
 *
 * Invariants:
 *  1. Nothing is guessed: duplicate keys (equal or not), NUL, halves of surrogate pairs, names that reach the prototype
 *     and nesting beyond `MAX_DEPTH` are refused, with the place.
 *  2. Time and memory grow with the length of the text alone.
 */
import { parse } from 'lossless-json';

const MAX_DEPTH = 16;
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** A number as it was written, because JavaScript's own would not keep it. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A text that is not JSON, or breaks invariant 1; the message says why and where. */
export class JsonRefused extends Error {
  override readonly name = 'JsonRefused';
}

/** Throws `JsonRefused`. */
export function parseExactJson(text: string): unknown {
  const { holdsExactNumbers } = checkStructure(text);
  if (!holdsExactNumbers) {
    const parsed = parseNatively(text);
    if (parsed !== null) return parsed.value;
  }
  try {
    return parse(text, null, (literal) =>
      isPlainNumber(literal) ? Number(literal) : new ExactNumber(literal),
    );
  } catch (error) {
    if (error instanceof SyntaxError) throw new JsonRefused(error.message);
    throw error;
  }
}

/** Several times faster, but it rounds numbers, and its errors repeat the text: null for a text that is not JSON. */
function parseNatively(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isPlainNumber(literal: string): boolean {
  return String(Number(literal)) === literal;
}

/** Every character that a number may have, from the current position on. */
const NUMBER = /-?[\d.eE+-]+/y;

/**
 * One pass over the text before it is parsed: checks depth, names, strings and numbers. The parser reports a text that is
 * not JSON at all; a text that passes here is parsed without deep recursion.
 */
function checkStructure(text: string): { readonly holdsExactNumbers: boolean } {
  const isPlainText = !text.includes('\\') && !text.includes('\0') && text.isWellFormed();
  let holdsExactNumbers = false;
  const names: (Set<string> | null)[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '{' || character === '[') {
      names.push(character === '{' ? new Set() : null);
      if (names.length > MAX_DEPTH) {
        throw new JsonRefused(`nested deeper than ${MAX_DEPTH} levels at position ${at}`);
      }
      at += 1;
    } else if (character === '}' || character === ']') {
      names.pop();
      at += 1;
    } else if (character === '"') {
      const end = isPlainText ? endOfPlainString(text, at) : endOfString(text, at);
      const known = names.at(-1);
      const isName = known instanceof Set && isFollowedByColon(text, end);
      if (isName || !isPlainText) {
        const value = isPlainText ? text.slice(at + 1, end - 1) : decodeString(text.slice(at, end), at);
        if (isName) {
          if (FORBIDDEN_NAMES.has(value)) throw new JsonRefused(`the name ${value} is not taken`);
          if (known.has(value))
            throw new JsonRefused(`the name ${JSON.stringify(value)} stands twice in one object`);
          known.add(value);
        }
      }
      at = end;
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      NUMBER.lastIndex = at;
      const literal = NUMBER.exec(text)?.[0] ?? character;
      holdsExactNumbers ||= !isPlainNumber(literal);
      at += literal.length;
    } else {
      at += 1;
    }
  }
  return { holdsExactNumbers };
}

/** As `endOfString`, in a text without escapes. */
function endOfPlainString(text: string, start: number): number {
  const quote = text.indexOf('"', start + 1);
  return quote === -1 ? text.length : quote + 1;
}

/** The position after the closing quote; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"') return at + 1;
    at += character === '\\' ? 2 : 1;
  }
  return text.length;
}

function decodeString(literal: string, at: number): string {
  const value = literal.includes('\\') ? unescape(literal, at) : literal.slice(1, -1);
  if (value.includes('\0')) throw new JsonRefused(`a text with NUL at position ${at}`);
  if (!value.isWellFormed()) throw new JsonRefused(`a text with half a surrogate pair at position ${at}`);
  return value;
}

function unescape(literal: string, at: number): string {
  try {
    return String(JSON.parse(literal));
  } catch (error) {
    if (error instanceof SyntaxError) throw new JsonRefused(`a text that is not JSON at position ${at}`);
    throw error;
  }
}

function isFollowedByColon(text: string, end: number): boolean {
  let at = end;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return text.charAt(at) === ':';
}
