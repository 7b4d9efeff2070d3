/**
 * The parameters of OKX's requests: the query string of a GET, the JSON object of a POST, and of each entry of a list.
 *
 * Entry points: `requestParameters`, `objectParameters`, `listingFrom`, `readLimit`. Empty values and null count as not sent, parameters
 * that an endpoint does not know are passed over: clients send both.
 */
import { isObject, lenientRules, objectValues, RequestFields } from '../wire/request-fields.ts';
import type { WireRequest } from '../wire/wire.ts';
import { OkxRefusal, missing, parameterError } from './errors.ts';
import { listingNamed, type Listing } from './instruments.ts';
import type { InstType } from './symbols.ts';

export type Parameters = RequestFields;

const RULES = lenientRules({ missing, malformed: (name) => parameterError(name) });

export interface ReadRequest {
  readonly parameters: Parameters;
  /** The entries of a body that is a list; null: it is none. */
  readonly entries: readonly Parameters[] | null;
  readonly path: string;
}

export function requestParameters({ method, query, body, path }: WireRequest): ReadRequest {
  if (method === 'GET')
    return { parameters: new RequestFields(new Map(new URLSearchParams(query)), RULES), entries: null, path };
  if (body === '') throw new OkxRefusal(50000, 'Body for POST request cannot be empty.', 400);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw jsonError();
  }
  if (Array.isArray(parsed)) {
    const entries = parsed.map((entry: unknown) => objectParameters(entry));
    return { parameters: objectParameters({}), entries, path };
  }
  return { parameters: objectParameters(parsed), entries: null, path };
}

function jsonError(): OkxRefusal {
  return new OkxRefusal(50002, 'JSON syntax error', 400);
}

export function objectParameters(object: unknown): Parameters {
  if (!isObject(object)) throw jsonError();
  return new RequestFields(objectValues(object), RULES);
}

/** A text or number as text; empty where it is neither. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The listing that `instId` names. */
export function listingFrom(parameters: Parameters): Listing {
  return listingFor(parameters.required('instId'));
}

export function listingFor(instId: string): Listing {
  const listing = listingNamed(instId);
  if (listing === undefined) throw unknownInstrument();
  return listing;
}

/** As `listingFrom`; undefined where none was sent. */
export function optionalListing(parameters: Parameters): Listing | undefined {
  return parameters.has('instId') ? listingFrom(parameters) : undefined;
}

export function unknownInstrument(): OkxRefusal {
  return new OkxRefusal(51001, "Instrument ID, Instrument ID code or Spread ID doesn't exist.");
}

const OTHER_TYPES = ['MARGIN', 'FUTURES', 'OPTION', 'EVENTS'] as const;

/** `instType`; null for one that the venue has and that is not served, of which every list is empty. */
export function instTypeFrom(parameters: Parameters): InstType | null | undefined {
  const given = parameters.optional('instType');
  if (given === undefined || given === 'SPOT' || given === 'SWAP') return given;
  if (OTHER_TYPES.some((type) => type === given)) return null;
  throw parameterError('instType');
}

/** `limit`, which has to lie within one and `most`. */
export function readLimit(parameters: Parameters, usual: number, most: number): number {
  const limit = parameters.optionalInteger('limit') ?? usual;
  if (limit < 1 || limit > most) throw parameterError('limit');
  return limit;
}
