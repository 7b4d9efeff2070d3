/**
 * The parameters of one request, read with Binance's own refusals for what is missing or malformed.
 *
 * Entry point: `Parameters`. Every read is counted: `refuseUnread` answers -1104 when the client sent a
 * parameter that the route does not know. A value in the query string wins over the same name in the body.
 */
import { Decimal } from '../../core/decimal.ts';
import { socketValue } from './signing.ts';
import {
  duplicateParameter,
  illegalCharacters,
  mandatoryMissing,
  parameterEmpty,
  tooMuchPrecision,
  unreadParameters,
} from './errors.ts';

const DECIMAL_RANGE = '^([0-9]{1,20})(\\.[0-9]{1,20})?$';
const DECIMAL_PATTERN = /^[0-9]{1,20}(\.[0-9]{1,20})?$/;
const INTEGER_RANGE = '^[0-9]{1,20}$';
const INTEGER_PATTERN = /^[0-9]{1,20}$/;
/** The matching engine keeps eight digits after the point. */
const MAX_SCALE = 8;

/** Read by the request door before any route runs, so that they never count as unread. */
const DOOR_PARAMETERS = ['timestamp', 'recvWindow', 'signature', 'apiKey'] as const;

export class Parameters {
  readonly #values: ReadonlyMap<string, string>;
  readonly #read = new Set<string>();
  readonly #refusesUnread: boolean;

  private constructor(values: ReadonlyMap<string, string>, refusesUnread: boolean) {
    this.#values = values;
    this.#refusesUnread = refusesUnread;
  }

  /**
   * From a raw query string (without its `?`) and a form body. `refusesUnread` false makes `refuseUnread`
   * take no notice, as futures do.
   */
  static fromRequest(queryString: string, body: string, refusesUnread: boolean): Parameters {
    const values = new Map<string, string>();
    collect(body, values);
    const fromQuery = new Map<string, string>();
    collect(queryString, fromQuery);
    for (const [name, value] of fromQuery) values.set(name, value);
    return new Parameters(values, refusesUnread);
  }

  /** From the `params` object of a WebSocket API request. */
  static fromObject(params: Readonly<Record<string, unknown>>, refusesUnread: boolean): Parameters {
    const values = new Map<string, string>();
    for (const [name, value] of Object.entries(params)) {
      if (value === null || value === undefined) continue;
      values.set(name, socketValue(value));
    }
    return new Parameters(values, refusesUnread);
  }

  get count(): number {
    return this.#values.size;
  }

  /** The raw text, or undefined when not sent. An empty value is refused. */
  optional(name: string): string | undefined {
    this.#read.add(name);
    const value = this.#values.get(name);
    if (value === '') throw parameterEmpty(name);
    return value;
  }

  required(name: string): string {
    this.#read.add(name);
    const value = this.#values.get(name);
    if (value === undefined || value === '') throw mandatoryMissing(name);
    return value;
  }

  /** A figure of zero or more with at most eight digits after the point. */
  optionalDecimal(name: string): Decimal | undefined {
    const text = this.optional(name);
    if (text === undefined) return undefined;
    const value = DECIMAL_PATTERN.test(text) ? Decimal.tryParse(text) : 'not_a_number';
    if (typeof value === 'string') throw illegalCharacters(name, DECIMAL_RANGE);
    if (value.scale > MAX_SCALE) throw tooMuchPrecision(name);
    return value;
  }

  requiredDecimal(name: string): Decimal {
    const value = this.optionalDecimal(name);
    if (value === undefined) throw mandatoryMissing(name);
    return value;
  }

  /** A whole number of zero or more, such as an id, a time in milliseconds or a count. */
  optionalInteger(name: string): number | undefined {
    const text = this.optional(name);
    if (text === undefined) return undefined;
    if (!INTEGER_PATTERN.test(text)) throw illegalCharacters(name, INTEGER_RANGE);
    return Number(text);
  }

  requiredInteger(name: string): number {
    const value = this.optionalInteger(name);
    if (value === undefined) throw mandatoryMissing(name);
    return value;
  }

  optionalBoolean(name: string): boolean | undefined {
    const text = this.optional(name);
    if (text === undefined) return undefined;
    const lower = text.toLowerCase();
    if (lower !== 'true' && lower !== 'false') throw illegalCharacters(name, '^(true|false)$');
    return lower === 'true';
  }

  /** A value that must match `pattern`; `legalRange` is the text that the venue prints. */
  optionalMatching(name: string, pattern: RegExp, legalRange: string): string | undefined {
    const text = this.optional(name);
    if (text !== undefined && !pattern.test(text)) throw illegalCharacters(name, legalRange);
    return text;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Marks parameters as known that the route takes no notice of. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** Answers -1104 when something was sent that nobody read. Called after the last read, before any effect. */
  refuseUnread(): void {
    if (!this.#refusesUnread) return;
    const read = [...this.#values.keys()].filter(
      (name) => this.#read.has(name) || DOOR_PARAMETERS.some((authentication) => authentication === name),
    ).length;
    if (read < this.#values.size) throw unreadParameters(read, this.#values.size);
  }
}

/** Adds the pairs of one form-encoded text. A name that stands twice in it is refused. */
function collect(text: string, into: Map<string, string>): void {
  if (text === '') return;
  for (const [name, value] of new URLSearchParams(text)) {
    if (into.has(name)) throw duplicateParameter();
    into.set(name, value);
  }
}
