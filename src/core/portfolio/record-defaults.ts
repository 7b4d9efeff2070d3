/**
 * Fields that records leave out while they hold their usual value: what is written down stays what it was before there were
 * such fields, so that a journal of an earlier release folds, byte for byte, into the rows and snapshots it has.
 *
 * Entry points: `leavesOut` for writing; `completeEvent` and its kin for reading. Invariant: reading what was written gives
 * the same record, whichever release wrote it.
 */
import { areSameWallets, SEPARATE_WALLETS, type WalletDeclaration } from '../balance/wallet.ts';

/** A record on its way in or out of JSON. */
type Fields = Record<string, unknown>;

/** By the name of the field, at any depth. */
const LEFT_OUT: Readonly<Record<string, (value: unknown, record: Readonly<Fields>) => boolean>> = {
  // The only position of an instrument: spot, and swaps in one-way mode.
  positionSide: (value) => value === 'net',
  stopTriggered: (value) => value === false,
  // The wall clock was never set before.
  countedFrom: (value, record) => value === record['createdAt'],
  // An instrument that draws on a wallet of its own kind. Balances and holds have no kind, and always name their wallet.
  wallet: (value, record) => value === record['kind'],
  // A venue whose trade ids count up; none where they are other text.
  sequence: (value, record) => Object.hasOwn(record, 'tradeId') && value === sequenceOf(record['tradeId']),
  // Of what is known of an account. A declaration always names its wallets.
  wallets: (value, record) =>
    Object.hasOwn(record, 'balancesKnown') &&
    areSameWallets(value as readonly WalletDeclaration[], SEPARATE_WALLETS),
  positionMode: (value) => value === null,
  // Limits of margin, from before there were any.
  maxMarginRatio: (value) => value === null,
  minLiquidationDistance: (value) => value === null,
};

/** Whether `record` is written without this field. */
export type LeavesOut = (value: unknown, record: Readonly<Fields>) => boolean;

/** The rule for a field of that name; null for nearly all, which are always written. */
export function leavesOut(name: string): LeavesOut | null {
  return Object.hasOwn(LEFT_OUT, name) ? (LEFT_OUT[name] ?? null) : null;
}

/** Puts in what an execution was written without. */
export function completeFill(fill: Fields): void {
  fill['positionSide'] ??= 'net';
  completeSequence(fill);
}

/** Before executions had a sequence, their trade ids were read as one. */
function completeSequence(fill: Fields): void {
  if (fill['sequence'] === undefined) fill['sequence'] = sequenceOf(fill['tradeId']);
}

function sequenceOf(tradeId: unknown): number | null {
  return typeof tradeId === 'string' && /^\d{1,15}$/.test(tradeId) ? Number(tradeId) : null;
}

export function completeOrder(order: Fields): void {
  order['positionSide'] ??= 'net';
  order['stopTriggered'] ??= false;
  order['countedFrom'] ??= order['createdAt'];
  completeSetting(order);
}

/** An order's setting, and every record that carries one. */
function completeSetting(setting: Fields): void {
  setting['wallet'] ??= setting['kind'];
}

function completePosition(position: Fields): void {
  position['positionSide'] ??= 'net';
  completeSetting(position);
  for (const fill of list(position['recent'])) completeSequence(fill);
}

/** Limits of one scope. */
function completeLimits(limits: Fields): void {
  limits['maxMarginRatio'] ??= null;
  limits['minLiquidationDistance'] ??= null;
}

/** The parts of an event that were written with usual values left out. */
export function completeEvent(type: string, event: Fields): void {
  switch (type) {
    case 'order_accepted':
    case 'order_denied': {
      const request = record(event['request']);
      request['positionSide'] ??= 'net';
      completeSetting(record(event['setting']));
      return;
    }
    case 'fill_booked':
    case 'fill_parked':
      completeFill(record(event['fill']));
      return;
    case 'strategy_parts_closed':
      event['positionSide'] ??= 'net';
      return;
    case 'position_adopted':
      completeSetting(record(event['setting']));
      return;
    case 'external_fill_seen':
      completeFill(record(event['fill']));
      completeSetting(record(event['setting']));
      return;
    case 'positions_observed':
      for (const position of list(event['positions'])) {
        position['positionSide'] ??= 'net';
        completeSetting(record(position['setting']));
      }
      return;
    case 'funding_booked': {
      const funding = record(event['funding']);
      funding['positionSide'] ??= 'net';
      return;
    }
    case 'position_cut_changed':
      completeSequence(event);
      return;
    case 'account_record_booked': {
      const booked = record(event['record']);
      booked['positionSide'] ??= 'net';
      return;
    }
    case 'fees_valued':
      event['positionSide'] ??= 'net';
      return;
    case 'limits_changed':
      completeLimits(record(event['limits']));
      return;
    case 'order_recalled':
      completeOrder(record(event['order']));
      return;
  }
}

/** Readings of equity from before it was an interval were taken for exact. */
function completeEquity(equity: Fields): void {
  equity['low'] ??= equity['current'];
  equity['high'] ??= equity['current'];
  equity['prices'] ??= [];
  equity['unpriced'] ??= [];
  equity['uncertain'] ??= null;
}

export function completeSnapshot(snapshot: Fields): void {
  const equity = snapshot['equityRecord'];
  if (equity !== null && equity !== undefined) completeEquity(record(equity));
  for (const account of list(snapshot['accounts'])) {
    account['wallets'] ??= SEPARATE_WALLETS;
    account['positionMode'] ??= null;
  }
  for (const stored of list(snapshot['storedLimits'])) completeLimits(record(stored['limits']));
  for (const order of list(snapshot['orders'])) completeOrder(order);
  for (const position of list(snapshot['positions'])) completePosition(position);
  for (const book of list(snapshot['strategyBooks'])) completePosition(record(book['position']));
  for (const parked of list(snapshot['parkedFills'])) completeFill(record(parked['fill']));
}

function record(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('a record holds something else than an object where one belongs');
  return value as Fields;
}

function list(value: unknown): readonly Fields[] {
  if (value === undefined) return [];
  if (!Array.isArray(value))
    throw new TypeError('a record holds something else than a list where one belongs');
  return value.map(record);
}
