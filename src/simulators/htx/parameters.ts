/**
 * The parameters of HTX's requests: the query string of a GET without those of the signature, the JSON body of a POST.
 *
 * Entry points: `requestParameters`, `objectParameters`. Empty values count as not sent; parameters that an endpoint does not know are passed
 * over (clients add `channel_code`). The refusals are those of the API that is asked.
 */
import { objectValues, RequestFields, type FieldRules } from '../wire/request-fields.ts';
import type { WireRequest } from '../wire/wire.ts';
import { HtxRefusal } from './errors.ts';
import type { Kind } from './symbols.ts';

export type Parameters = RequestFields;

const FORMS = {
  decimal: { pattern: /^\d+(?:\.\d+)?$/, shown: 'a decimal' },
  integer: { pattern: /^-?\d{1,16}$/, shown: 'an integer' },
  boolean: { pattern: /^(?:true|false)$/, shown: 'a boolean' },
  maxScale: 18,
  empty: null,
  unread: null,
  alwaysRead: [],
} as const;

const RULES: Readonly<Record<Kind, FieldRules>> = {
  spot: {
    ...FORMS,
    missing: (name) => new HtxRefusal('validation-constraints-required', `Field is missing: ${name}.`),
    malformed: (name) => new HtxRefusal('validation-format-error', `Format Error: ${name}.`),
    tooPrecise: (name) => new HtxRefusal('validation-format-error', `Format Error: ${name}.`),
  },
  linear: {
    ...FORMS,
    missing: (name) => new HtxRefusal('1066', `The ${name} field cannot be empty. Please re-enter.`),
    malformed: (name) => new HtxRefusal('1067', `The ${name} field is invalid. Please re-enter.`),
    tooPrecise: (name) => new HtxRefusal('1067', `The ${name} field is invalid. Please re-enter.`),
  },
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

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A count within one and `most`. */
export function readCount(parameters: Parameters, name: string, usual: number, most: number): number {
  const count = parameters.optionalInteger(name) ?? usual;
  return Math.min(most, Math.max(1, count));
}
