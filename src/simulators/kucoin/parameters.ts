/**
 * The parameters of KuCoin's requests: the query string of a GET and DELETE, the JSON object of a POST, and of each entry of a list.
 *
 * Entry points: `requestParameters`, `objectParameters`, `readLimit`. Empty values and null count as not sent, parameters that an
 * endpoint does not know are passed over: clients send both.
 */
import { isObject, lenientRules, objectValues, RequestFields } from '../wire/request-fields.ts';
import type { WireRequest } from '../wire/wire.ts';
import { malformed, missing, parameterError, unsupportedMediaType } from './errors.ts';

export type Parameters = RequestFields;

const RULES = lenientRules({
  integer: { pattern: /^-?\d{1,16}$/, shown: 'an integer' },
  missing,
  malformed,
});

export interface ReadRequest {
  readonly parameters: Parameters;
  /** The parsed body; undefined where there is none. */
  readonly body: unknown;
  /** The header `KC-API-KEY`; empty: none. */
  readonly key: string;
  /** Scheme-less address that the client reached the venue at. */
  readonly host: string;
}

export function requestParameters(request: WireRequest): ReadRequest {
  const { method, query, headers } = request;
  const inPath = Object.entries(request.parameters);
  const body = bodyOf(request);
  const isJson = method === 'POST' && isObject(body);
  const values = isJson ? objectValues(body) : queryValues(query);
  for (const [name, value] of inPath) values.set(name, value);
  return {
    parameters: new RequestFields(values, RULES),
    body,
    key: headers['kc-api-key'] ?? '',
    host: headers['host'] ?? '',
  };
}

/** The official client for JavaScript writes a parameter that was not given as the word `undefined`. */
function queryValues(query: string): Map<string, string> {
  return new Map([...new URLSearchParams(query)].filter(([, value]) => value !== 'undefined'));
}

function bodyOf({ body, headers }: WireRequest): unknown {
  if (body === '') return undefined;
  if (headers['content-type']?.toLowerCase().includes('application/json') === false)
    throw unsupportedMediaType();
  try {
    return JSON.parse(body);
  } catch {
    throw parameterError('Invalid request body.');
  }
}

export function objectParameters(object: unknown): Parameters {
  if (!isObject(object)) throw parameterError('Invalid request body.');
  return new RequestFields(objectValues(object), RULES);
}

/** A text or number as text; empty where it is neither. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A number of rows, which has to lie within one and `most`. */
export function readLimit(parameters: Parameters, name: string, usual: number, most: number): number {
  const limit = parameters.optionalInteger(name) ?? usual;
  if (limit < 1 || limit > most) throw malformed(name);
  return limit;
}

/** One of a set of words, or undefined where none was sent. */
export function readWord<Word extends string>(
  parameters: Parameters,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const given = parameters.optional(name);
  if (given === undefined) return undefined;
  const word = words.find((one) => one === given);
  if (word === undefined) throw malformed(name);
  return word;
}

const CLIENT_ID = /^[A-Za-z0-9_-]{1,40}$/;

/** `clientOid`: "can only contain numbers, letters, underscores （_）, and hyphens （-）", at most 40 of them. */
export function readClientId(parameters: Parameters): string | undefined {
  const id = parameters.optional('clientOid');
  if (id !== undefined && !CLIENT_ID.test(id))
    throw parameterError('validation.createOrder.clientOidInvalid');
  return id;
}
