/**
 * The parameters of Bitget's requests: the query string of a GET, the JSON object of a POST, and of each entry of a list.
 *
 * Entry points: `requestParameters`, `objectParameters`, `categoryFrom`, `listingFrom`, `readLimit`. Empty values and null count as not sent,
 * parameters that an endpoint does not know are passed over: the pages' own examples send both.
 */
import { isObject, lenientRules, objectValues, RequestFields } from '../wire/request-fields.ts';
import type { WireRequest } from '../wire/wire.ts';
import { BitgetRefusal, malformed, missing, symbolAbsent } from './errors.ts';
import { listingNamed, type Listing } from './instruments.ts';
import type { Category } from './symbols.ts';

export type Parameters = RequestFields;

const RULES = lenientRules({
  boolean: { pattern: /^(?:yes|no)$/, shown: 'yes or no' },
  missing,
  malformed,
});

export interface ReadRequest {
  readonly parameters: Parameters;
  /** The entries of a body that is a list; null: it is none. */
  readonly entries: readonly Parameters[] | null;
  readonly path: string;
}

export function requestParameters({ method, query, body, path }: WireRequest): ReadRequest {
  if (method === 'GET')
    return { parameters: new RequestFields(new Map(new URLSearchParams(query)), RULES), entries: null, path };
  let parsed: unknown;
  try {
    parsed = JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw notReadable();
  }
  if (Array.isArray(parsed)) {
    const entries = parsed.map((entry: unknown) => objectParameters(entry));
    return { parameters: objectParameters({}), entries, path };
  }
  return { parameters: objectParameters(parsed), entries: null, path };
}

function notReadable(): BitgetRefusal {
  return new BitgetRefusal('40017', 'Parameter verification failed body');
}

export function objectParameters(object: unknown): Parameters {
  if (!isObject(object)) throw notReadable();
  return new RequestFields(objectValues(object), RULES);
}

/** A text or number as text; empty where it is neither. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** `yes` or `no` in either case; false where it was not sent. */
export function flagFrom(parameters: Parameters, name: string): boolean {
  const given = parameters.optional(name)?.toLowerCase() ?? 'no';
  if (given !== 'yes' && given !== 'no') throw malformed(name);
  return given === 'yes';
}

const OTHER_CATEGORIES: ReadonlySet<string> = new Set(['MARGIN', 'COIN-FUTURES', 'USDC-FUTURES', 'OTHER']);

/** `category` in either case; null for one that the venue has and that is not served, of which every list is empty. */
export function optionalCategory(parameters: Parameters): Category | null | undefined {
  const given = parameters.optional('category')?.toUpperCase();
  if (given === undefined || given === 'SPOT' || given === 'USDT-FUTURES') return given;
  if (OTHER_CATEGORIES.has(given)) return null;
  throw malformed('category');
}

/** As `optionalCategory`, of a request that has to name one. */
export function categoryFrom(parameters: Parameters): Category | null {
  const category = optionalCategory(parameters);
  if (category === undefined) throw missing('category');
  return category;
}

/** The listing that `category` and `symbol` name. */
export function listingFrom(parameters: Parameters, category = categoryFrom(parameters)): Listing {
  const name = parameters.required('symbol');
  const listing = category === null ? undefined : listingNamed(category, name);
  if (listing === undefined) throw symbolAbsent(name);
  return listing;
}

/** As `listingFrom`; undefined where no symbol was sent. */
export function optionalListing(parameters: Parameters, category: Category | null): Listing | undefined {
  return parameters.has('symbol') ? listingFrom(parameters, category) : undefined;
}

/** `limit`, which has to lie within one and `most`. */
export function readLimit(parameters: Parameters, usual: number, most: number): number {
  const limit = parameters.optionalInteger('limit') ?? usual;
  if (limit < 1 || limit > most) throw malformed('limit');
  return limit;
}
