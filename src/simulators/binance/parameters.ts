/**
 * The parameters of one request as Binance takes and refuses them.
 *
 * Entry points: `restParameters`, `objectParameters`. Spot answers -1104 when the client sent a parameter that the endpoint does
 * not know, and -1105 for an empty value; futures take no notice of either (`refusesUnread`). Source: errors.md of
 * binance-spot-api-docs.
 */
import { formValues, objectValues, RequestFields, type FieldRules } from '../wire/request-fields.ts';
import {
  duplicateParameter,
  illegalCharacters,
  mandatoryMissing,
  parameterEmpty,
  tooMuchPrecision,
  unreadParameters,
} from './errors.ts';

export type Parameters = RequestFields;

const FUTURES_RULES: FieldRules = {
  decimal: { pattern: /^[0-9]{1,20}(\.[0-9]{1,20})?$/, shown: '^([0-9]{1,20})(\\.[0-9]{1,20})?$' },
  integer: { pattern: /^[0-9]{1,20}$/, shown: '^[0-9]{1,20}$' },
  boolean: { pattern: /^(true|false)$/, shown: '^(true|false)$' },
  // The matching engine keeps eight digits after the point.
  maxScale: 8,
  missing: mandatoryMissing,
  // Widespread clients send every optional parameter of an order, those without a value empty.
  empty: null,
  malformed: illegalCharacters,
  tooPrecise: tooMuchPrecision,
  unread: null,
  alwaysRead: ['timestamp', 'recvWindow', 'signature', 'apiKey'],
};

const SPOT_RULES: FieldRules = { ...FUTURES_RULES, empty: parameterEmpty, unread: unreadParameters };

function rulesOf(refusesUnread: boolean): FieldRules {
  return refusesUnread ? SPOT_RULES : FUTURES_RULES;
}

/** From a raw query string (without its `?`) and a form body. The query string wins over the same name in the body. */
export function restParameters(queryString: string, body: string, refusesUnread: boolean): Parameters {
  const values = formValues(body, duplicateParameter);
  for (const [name, value] of formValues(queryString, duplicateParameter)) values.set(name, value);
  return new RequestFields(values, rulesOf(refusesUnread));
}

/** From the `params` object of a WebSocket API request, or from one entry of a batch. */
export function objectParameters(
  params: Readonly<Record<string, unknown>>,
  refusesUnread: boolean,
): Parameters {
  return new RequestFields(objectValues(params), rulesOf(refusesUnread));
}
