/**
 * Events, orders and other records to JSON and back, without losing a digit.
 *
 * A decimal is written as its plain text, and known again by the name of its field: `DECIMAL_FIELDS` is checked by
 * the compiler against the types, so a field that holds a decimal and is missing here does not compile, nor does a
 * name that means a decimal in one place and a text in another.
 */
import { Decimal } from '../decimal.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Balance } from '../balance/balance.ts';
import type { Order } from '../order/order.ts';
import type { Position } from '../position/position.ts';
import { isEventType, type PortfolioEvent } from './events.ts';
import type { DriftCase } from '../reconcile/drift.ts';
import type { VenueFill } from '../venue/report.ts';
import {
  completeEvent,
  completeFill,
  completeOrder,
  completeSnapshot,
  leavesOut,
} from './record-defaults.ts';
import type { SnapshotRecord } from './snapshot-record.ts';

/** Everything that is written through this codec. */
export type Recorded = PortfolioEvent | Order | Position | Balance | VenueFill | DriftCase | SnapshotRecord;

type Primitive = string | number | boolean | null | undefined;

/** Names of the fields, at any depth, that can hold a decimal. */
type DecimalFieldOf<Value> = Value extends Primitive | Decimal
  ? never
  : Value extends readonly (infer Item)[]
    ? DecimalFieldOf<Item>
    : {
        [Key in keyof Value & string]: Extract<Value[Key], Decimal> extends never
          ? DecimalFieldOf<Value[Key]>
          : Key;
      }[keyof Value & string];

/** Names of the fields, at any depth, that can hold a text. */
type TextFieldOf<Value> = Value extends Primitive | Decimal
  ? never
  : Value extends readonly (infer Item)[]
    ? TextFieldOf<Item>
    : {
        [Key in keyof Value & string]: Extract<Value[Key], string> extends never
          ? TextFieldOf<Value[Key]>
          : Key;
      }[keyof Value & string];

const DECIMAL_FIELDS: Readonly<Record<DecimalFieldOf<Recorded>, true>> = {
  amount: true,
  amountAtDayStart: true,
  ask: true,
  baseline: true,
  basisDifference: true,
  bid: true,
  capital: true,
  askedPrice: true,
  bookedTwice: true,
  ceiling: true,
  closing: true,
  cost: true,
  costBasis: true,
  current: true,
  dayBaseline: true,
  dayStart: true,
  delta: true,
  equity: true,
  equityBefore: true,
  externalLocked: true,
  fee: true,
  filledCost: true,
  filledQuantity: true,
  flowsToScale: true,
  formerPnl: true,
  fundingTotal: true,
  holdFeeRate: true,
  high: true,
  inBase: true,
  inQuote: true,
  inWallet: true,
  lost: true,
  low: true,
  mark: true,
  marketPrice: true,
  maxDailyLoss: true,
  maxDrawdown: true,
  maxLeverage: true,
  maxMarginRatio: true,
  maxOrderNotional: true,
  maxOrderQuantity: true,
  maxPositionNotional: true,
  maxTotalExposure: true,
  minLiquidationDistance: true,
  netQuantity: true,
  ofAllStops: true,
  ofThisStop: true,
  openCost: true,
  peak: true,
  peakBefore: true,
  peakSinceChange: true,
  perUnit: true,
  positionPnl: true,
  price: true,
  quoteQuantity: true,
  protectionPrice: true,
  quantity: true,
  realized: true,
  realizedPnl: true,
  remaining: true,
  settled: true,
  stopPrice: true,
  strategyQuantity: true,
  taken: true,
  total: true,
  unlocked: true,
  unrealized: true,
  worth: true,
};

/** Compiles only while no field name means a decimal here and a text there. */
const UNAMBIGUOUS: DecimalFieldOf<Recorded> & TextFieldOf<Recorded> extends never ? true : never = true;

const DECIMAL_FIELD_NAMES: ReadonlySet<string> = new Set(UNAMBIGUOUS ? Object.keys(DECIMAL_FIELDS) : []);

/** Any recorded value as JSON: decimals as plain text, everything else as it is. */
export function encode(value: Recorded): JsonObject {
  return encodeFields(value as unknown as Readonly<Record<string, unknown>>);
}

function encodeValue(value: unknown): JsonValue {
  if (typeof value !== 'object' || value === null) return value as JsonValue;
  if (value instanceof Decimal) return value.toString();
  return Array.isArray(value) ? value.map(encodeValue) : encodeFields(value as Record<string, unknown>);
}

/** Encodes a copy of a record: nearly all fields stay as they are, and copying them all at once is cheap. */
function encodeFields(record: Readonly<Record<string, unknown>>): JsonObject {
  const copy = { ...record };
  for (const key of Object.keys(copy)) {
    const field = copy[key];
    if (field === undefined || leavesOut(key)?.(field, record) === true) delete copy[key];
    else if (typeof field === 'object' && field !== null) copy[key] = encodeValue(field);
  }
  return copy as JsonObject;
}

function decodeFields(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(decodeFields);
  if (typeof value !== 'object' || value === null) return value;
  const decoded: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    decoded[key] =
      typeof field === 'string' && DECIMAL_FIELD_NAMES.has(key) ? Decimal.parse(field) : decodeFields(field);
  }
  return decoded;
}

/** A later release has written the record. */
export class RecordTypeUnknown extends Error {
  override readonly name = 'RecordTypeUnknown';

  constructor(type: string) {
    super(
      `this release does not know records of type ${type}: run the release that wrote them or a newer one`,
    );
  }
}

/**
 * Reads an event back. The journal's hash chain vouches for its shape. Throws `RecordTypeUnknown` for a type that a newer
 * release wrote: to pass over it would fold another state than the one that was decided on.
 */
export function decodeEvent(type: string, payload: JsonObject): PortfolioEvent {
  if (!isEventType(type)) throw new RecordTypeUnknown(type);
  const fields = decodeFields(payload) as Record<string, unknown>;
  completeEvent(type, fields);
  return { ...fields, type } as PortfolioEvent;
}

/** All of an event but its type, which is a column of its own. */
export type EventPayload = PortfolioEvent extends infer Event extends PortfolioEvent
  ? Event extends PortfolioEvent
    ? Omit<Event, 'type'>
    : never
  : never;

/**
 * The values that can be written: JSON, or a record as it is. A record's writer makes the same JSON as `encode` (decimals as
 * plain text, nothing for a field without a value) without copying the record first.
 */
export type Recordable = JsonObject | Recorded | EventPayload;

export function payloadOf(event: PortfolioEvent): EventPayload {
  const { type: _type, ...payload } = event;
  return payload;
}

/** The payload of an event as JSON. */
export function encodeEvent(event: PortfolioEvent): JsonObject {
  const { type: _type, ...payload } = event;
  return encodeFields(payload);
}

/** Reads an order back that this codec wrote. */
export function decodeOrder(document: JsonObject): Order {
  const fields = decodeFields(document) as Record<string, unknown>;
  completeOrder(fields);
  return fields as unknown as Order;
}

export function decodeFill(document: JsonObject): VenueFill {
  const fields = decodeFields(document) as Record<string, unknown>;
  completeFill(fields);
  return fields as unknown as VenueFill;
}

export function decodeSnapshot(document: JsonObject): SnapshotRecord {
  const fields = decodeFields(document) as Record<string, unknown>;
  completeSnapshot(fields);
  return fields as unknown as SnapshotRecord;
}
