/**
 * The parameters of HTX's requests: the query string of a GET without those of the signature, the JSON body of a POST.
 *
 * Entry points: `requestParameters`, `objectParameters`. Empty values count as not sent; parameters that an endpoint does not know are passed
 * over (clients add `channel_code`). The refusals are those of the API that is asked.
 */
import {
  isObject,
  lenientRules,
  objectValues,
  RequestFields,
  type FieldRules,
} from '../wire/request-fields.ts';
import type { WireRequest } from '../wire/wire.ts';
import { HtxRefusal } from './errors.ts';
import type { Kind } from './symbols.ts';

export type Parameters = RequestFields;

const RULES: Readonly<Record<Kind, FieldRules>> = {
  spot: lenientRules({
    missing: (name) => new HtxRefusal('validation-constraints-required', `Field is missing: ${name}.`),
    malformed: (name) => new HtxRefusal('validation-format-error', `Format Error: ${name}.`),
  }),
  linear: lenientRules({
    missing: (name) => new HtxRefusal('1066', `The ${name} field cannot be empty. Please re-enter.`),
    malformed: (name) => new HtxRefusal('1067', `The ${name} field is invalid. Please re-enter.`),
  }),
};

export interface ReadRequest {
  readonly parameters: Parameters;
  /** The JSON body as it was parsed: an object, or a list of a batch; an empty object of a GET. */
  readonly body: unknown;
  /** Of the path. */
  readonly path: Readonly<Record<string, string>>;
}

export function requestParameters(kind: Kind, request: WireRequest): ReadRequest {
  const { method, query, body, parameters: path } = request;
  if (method === 'GET')
    return {
      parameters: new RequestFields(new Map(new URLSearchParams(query)), RULES[kind]),
      body: {},
      path,
    };
  let parsed: unknown;
  try {
    parsed = JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw kind === 'spot'
      ? new HtxRefusal('bad-request', 'invalid json')
      : new HtxRefusal('1030', 'Abnormal service. Please try again later.');
  }
  return { parameters: objectParameters(kind, isObject(parsed) ? parsed : {}), body: parsed, path };
}

export function objectParameters(kind: Kind, object: Readonly<Record<string, unknown>>): Parameters {
  return new RequestFields(objectValues(object), RULES[kind]);
}

/** A count within one and `most`. */
export function readCount(parameters: Parameters, name: string, usual: number, most: number): number {
  const count = parameters.optionalInteger(name) ?? usual;
  return Math.min(most, Math.max(1, count));
}
