/**
 * The parameters of Coinbase's requests: the query string of a GET, in which a list is a name that is repeated, and the JSON object of a
 * POST.
 *
 * Entry points: `requestParameters`, `objectParameters`, `listingFrom`, `readLimit`, `readTime`, `readSeconds`. Empty values and null count as not
 * sent; parameters that an endpoint does not know are passed over.
 */
import { isObject, lenientRules, objectValues, RequestFields } from '../wire/request-fields.ts';
import type { WireRequest } from '../wire/wire.ts';
import { invalidArgument, malformed, missing, productNotFound } from './errors.ts';
import { listingNamed, type Listing } from './instruments.ts';

export type Parameters = RequestFields;

const RULES = lenientRules({ missing, malformed });

export interface ReadRequest {
  readonly parameters: Parameters;
  /** The values of a name that may be repeated. */
  readonly list: (name: string) => readonly string[];
  /** The JSON body; an empty object of a GET. */
  readonly body: Readonly<Record<string, unknown>>;
  /** From the path, such as the id of an order. */
  readonly pathParameter: (name: string) => string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly host: string;
  /** The token of the request, without `Bearer`; empty where there is none. */
  readonly token: string;
  /** Whether an answer from the cache of public endpoints will not do. */
  readonly isUncached: boolean;
}

export function requestParameters(request: WireRequest): ReadRequest {
  const { method, query, body, path, headers, parameters } = request;
  const common = {
    pathParameter: (name: string) => parameters[name] ?? '',
    method,
    path,
    query,
    host: headers['host'] ?? '',
    token: /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? '',
    isUncached: /\bno-cache\b/.test(headers['cache-control'] ?? ''),
  };
  if (method === 'GET') {
    const values = new URLSearchParams(query);
    return {
      ...common,
      parameters: new RequestFields(new Map(values), RULES),
      list: (name) => values.getAll(name).filter((value) => value !== ''),
      body: {},
    };
  }
  const parsed = parsedBody(body);
  return {
    ...common,
    parameters: objectParameters(parsed),
    list: (name) => {
      const value = parsed[name];
      return Array.isArray(value) ? value.map(String) : [];
    },
    body: parsed,
  };
}

function parsedBody(body: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw invalidArgument('the body is no JSON');
  }
  if (!isObject(parsed)) throw invalidArgument('the body is no JSON object');
  return parsed;
}

export function objectParameters(object: Readonly<Record<string, unknown>>): Parameters {
  return new RequestFields(objectValues(object), RULES);
}

/** The listing of this product. */
export function listingFrom(id: string): Listing {
  const listing = listingNamed(id);
  if (listing === undefined) throw productNotFound(id);
  return listing;
}

/** `limit`, at most `most`; more asks for `most`. */
export function readLimit(parameters: Parameters, usual: number, most: number): number {
  return Math.min(parameters.optionalInteger('limit') ?? usual, most) || usual;
}

/** A time in RFC 3339, in ms. */
export function readTime(parameters: Parameters, name: string): number | undefined {
  const text = parameters.optional(name);
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text) || Number.isNaN(time)) throw malformed(name);
  return time;
}

/** A UNIX time in seconds, in ms. */
export function readSeconds(parameters: Parameters, name: string): number | undefined {
  const seconds = parameters.optionalInteger(name);
  return seconds === undefined ? undefined : seconds * 1000;
}
