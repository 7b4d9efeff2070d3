/**
 * The parameters of Bybit's requests: the query string of a GET, the JSON object of a POST, and of each entry of a batch.
 *
 * Entry points: `requestParameters`, `objectParameters`, `categoryOf`, `listingFrom`, `readLimit`, `textOf`. Empty values and null count as not
 * sent, parameters that an endpoint does not know are passed over: the pages' own examples send both.
 */
import { isObject, lenientRules, objectValues, RequestFields } from '../wire/request-fields.ts';
import type { WireRequest } from '../wire/wire.ts';
import { malformed, missing, parameterError, symbolInvalid } from './errors.ts';
import { listingNamed, type Listing } from './instruments.ts';
import type { Category } from './symbols.ts';

export type Parameters = RequestFields;

const RULES = lenientRules({ missing, malformed });

export interface ReadRequest {
  readonly parameters: Parameters;
  /** The JSON body as it was parsed; an empty object of a GET. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly path: string;
}

export function requestParameters({ method, query, body, path }: WireRequest): ReadRequest {
  if (method === 'GET')
    return {
      parameters: new RequestFields(new Map(new URLSearchParams(query)), RULES),
      body: {},
      path,
    };
  let parsed: unknown;
  try {
    parsed = JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw parameterError('params error: the body is no JSON');
  }
  if (!isObject(parsed)) throw parameterError('params error: the body is no JSON object');
  return { parameters: objectParameters(parsed), body: parsed, path };
}

export function objectParameters(object: Readonly<Record<string, unknown>>): Parameters {
  return new RequestFields(objectValues(object), RULES);
}

/** A value that is repeated to the client as it was sent; empty where it is no text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The category, which most requests have to name. Only those that are served are taken. */
export function categoryOf(parameters: Parameters): Category {
  const category = parameters.required('category');
  if (category !== 'spot' && category !== 'linear') throw malformed('category');
  return category;
}

/** As `categoryOf` for an endpoint of contracts alone. */
export function linearOnly(parameters: Parameters): void {
  if (categoryOf(parameters) !== 'linear') throw malformed('category');
}

/** The listing that `symbol` names. */
export function listingFrom(parameters: Parameters, category: Category): Listing {
  const listing = listingNamed(category, parameters.required('symbol'));
  if (listing === undefined) throw symbolInvalid();
  return listing;
}

/** As `listingFrom`; undefined where no symbol was sent. */
export function optionalListing(parameters: Parameters, category: Category): Listing | undefined {
  return parameters.has('symbol') ? listingFrom(parameters, category) : undefined;
}

/** `limit`, which has to lie within one and `most`. */
export function readLimit(parameters: Parameters, usual: number, most: number): number {
  const limit = parameters.optionalInteger('limit') ?? usual;
  if (limit < 1 || limit > most) throw malformed('limit');
  return limit;
}
