/**
 * The parameters of MEXC's spot requests: query string and body together, of which the query string wins.
 *
 * Entry points: `requestParameters`, `objectParameters`, `listingFrom`, `readLimit`, `readSpan`. A body is a form or a JSON object. Empty values
 * count as not sent, parameters that an endpoint does not know are passed over. Source: "General Information on Endpoints" of the spot v3
 * documentation.
 */
import { isObject, lenientRules, objectValues, RequestFields } from '../../wire/request-fields.ts';
import type { WireRequest } from '../../wire/wire.ts';
import { malformed, missing, scaleInvalid, symbolUnknown } from './errors.ts';
import { spotListingNamed, type SpotListing } from './instruments.ts';

export type Parameters = RequestFields;

const RULES = lenientRules({
  decimal: { pattern: /^\d{1,20}(?:\.\d{1,20})?$/, shown: 'a decimal' },
  missing,
  malformed,
  tooPrecise: () => scaleInvalid('quantity'),
});

export function requestParameters({ query, body }: Pick<WireRequest, 'query' | 'body'>): Parameters {
  const values = bodyValues(body);
  for (const [name, value] of new URLSearchParams(query)) values.set(name, value);
  return new RequestFields(values, RULES);
}

function bodyValues(body: string): Map<string, string> {
  if (!body.trimStart().startsWith('{')) return new Map(new URLSearchParams(body));
  try {
    const parsed: unknown = JSON.parse(body);
    if (isObject(parsed)) return objectValues(parsed);
  } catch {
    // Refused below, as any other body that is none.
  }
  throw malformed('body');
}

export function objectParameters(object: Readonly<Record<string, unknown>>): Parameters {
  return new RequestFields(objectValues(object), RULES);
}

export function listingNamedBy(name: string): SpotListing {
  const listing = spotListingNamed(name);
  if (listing === undefined) throw symbolUnknown();
  return listing;
}

/** The listing that `symbol` names. */
export function listingFrom(parameters: Parameters): SpotListing {
  return listingNamedBy(parameters.required('symbol'));
}

/** `limit`, cut to the most that the venue gives. */
export function readLimit(parameters: Parameters, usual: number, most: number): number {
  const limit = parameters.optionalInteger('limit') ?? usual;
  if (limit < 1) throw malformed('limit');
  return Math.min(limit, most);
}

/** `startTime` and `endTime`, both included: at most `longestMs` back from now, and `usualMs` from the end where no start is given. */
export function readSpan(
  parameters: Parameters,
  nowMs: number,
  { usualMs, longestMs }: { readonly usualMs: number; readonly longestMs: number },
): { readonly from: number; readonly to: number } {
  const to = parameters.optionalInteger('endTime') ?? nowMs;
  const from = parameters.optionalInteger('startTime') ?? to - usualMs;
  if (from > to) throw malformed('startTime');
  return { from: Math.max(from, nowMs - longestMs), to };
}
