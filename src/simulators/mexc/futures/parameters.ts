/**
 * The parameters of MEXC's contract requests: the query string of a GET, the JSON body of a POST, which may be a list.
 *
 * Entry points: `requestParameters`, `objectParameters`, `contractFrom`, `pageOf`. Source: "Access to url" of the contract documentation.
 */
import { lenientRules, objectValues, RequestFields } from '../../wire/request-fields.ts';
import type { WireRequest } from '../../wire/wire.ts';
import { contractUnknown, decodingError, parameterError } from './errors.ts';
import { contractNamed, type ContractListing } from './instruments.ts';

export type Parameters = RequestFields;

const RULES = lenientRules({ missing: parameterError, malformed: parameterError });

export interface ReadRequest {
  readonly parameters: Parameters;
  /** The entries of a body that is a list; null: it is none. */
  readonly entries: readonly unknown[] | null;
  /** The parts of the path that have names. */
  readonly named: Readonly<Record<string, string>>;
}

export function requestParameters({ method, query, body, parameters: named }: WireRequest): ReadRequest {
  if (method === 'GET')
    return {
      parameters: new RequestFields(new Map(new URLSearchParams(query)), RULES),
      entries: null,
      named,
    };
  const parsed = parsedBody(body);
  if (Array.isArray(parsed)) return { parameters: objectParameters({}), entries: parsed, named };
  return { parameters: objectParameters(parsed), entries: null, named };
}

function parsedBody(body: string): unknown {
  if (body === '') return {};
  try {
    // Order numbers are longer than a double holds: those that stand bare are read as texts.
    return JSON.parse(body.replaceAll(/([[,:]\s*)(\d{16,})(?=\s*[\],}])/g, '$1"$2"'));
  } catch {
    throw decodingError();
  }
}

export function objectParameters(object: unknown): Parameters {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) throw decodingError();
  return new RequestFields(objectValues(object as Readonly<Record<string, unknown>>), RULES);
}

export function contractNamedBy(name: string): ContractListing {
  const listing = contractNamed(name);
  if (listing === undefined) throw contractUnknown();
  return listing;
}

/** The contract that `symbol` names. */
export function contractFrom(parameters: Parameters): ContractListing {
  return contractNamedBy(parameters.required('symbol'));
}

/** As `contractFrom`; undefined where no symbol was sent. */
export function optionalContract(parameters: Parameters): ContractListing | undefined {
  return parameters.has('symbol') ? contractFrom(parameters) : undefined;
}

export interface Page<Row> {
  readonly pageSize: number;
  readonly totalCount: number;
  readonly totalPage: number;
  readonly currentPage: number;
  readonly resultList: readonly Row[];
}

/** The page that `page_num` and `page_size` ask for: "default is 1", "default 20, maximum 100". */
export function pageOf<Row>(rows: readonly Row[], parameters: Parameters, most = 100): Page<Row> {
  const currentPage = parameters.optionalInteger('page_num') ?? 1;
  const pageSize = parameters.optionalInteger('page_size') ?? 20;
  if (currentPage < 1 || pageSize < 1 || pageSize > most) throw parameterError();
  return {
    pageSize,
    totalCount: rows.length,
    totalPage: Math.ceil(rows.length / pageSize),
    currentPage,
    resultList: rows.slice((currentPage - 1) * pageSize, currentPage * pageSize),
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;
const LONGEST_SPAN_MS = 90 * DAY_MS;
const USUAL_SPAN_MS = 7 * DAY_MS;

/** `start_time` and `end_time`, both included: the last seven days where neither is given, at most 90 days. */
export function readSpan(
  parameters: Parameters,
  nowMs: number,
): { readonly from: number; readonly to: number } {
  const to = parameters.optionalInteger('end_time') ?? nowMs;
  const from = parameters.optionalInteger('start_time') ?? to - USUAL_SPAN_MS;
  if (from > to || to - from > LONGEST_SPAN_MS) throw parameterError();
  return { from, to };
}
