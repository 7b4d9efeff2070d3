/**
 * The keys under which the state of a portfolio and its read models hold their records: each is made here and nowhere else.
 *
 * An instrument of an account has one position in one-way mode and two in hedged mode, so that figures of a position
 * (quantity, margin, open orders, the day's results) are kept under `positionKey`, and figures of the market (marks,
 * cursors) under `instrumentKey`. The net position of an instrument has the key of the instrument itself: records from
 * before there were position sides keep their keys.
 */
import type { Wallet } from '../balance/wallet.ts';
import type { AccountId, Asset, InstrumentSymbol, VenueClientOrderId, VenueOrderId } from '../ids.ts';
import type { PositionSide } from '../order/terms.ts';
import type { VenueFill } from '../venue/report.ts';

export function instrumentKey(account: AccountId, symbol: InstrumentSymbol): string {
  return `${account} ${symbol}`;
}

/** The worth of one asset as an account sees it. */
export function assetKey(account: AccountId, asset: Asset): string {
  return `${account} ${asset}`;
}

export function positionKey(account: AccountId, symbol: InstrumentSymbol, side: PositionSide): string {
  return side === 'net' ? `${account} ${symbol}` : `${account} ${symbol} ${side}`;
}

/** The key of the position that an order or another position-like record belongs to. */
export function positionKeyOf(record: {
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly positionSide: PositionSide;
}): string {
  return positionKey(record.accountId, record.symbol, record.positionSide);
}

export function venueClientOrderKey(account: AccountId, id: VenueClientOrderId): string {
  return `${account} ${id}`;
}

export function venueOrderKey(account: AccountId, symbol: InstrumentSymbol, id: VenueOrderId): string {
  return `${account} ${symbol} ${id}`;
}

export function executionKey(
  account: AccountId,
  fill: Pick<VenueFill, 'symbol' | 'venueOrderId' | 'tradeId'>,
): string {
  return `${account} ${fill.symbol} ${fill.venueOrderId} ${fill.tradeId}`;
}

export function recordKey(account: AccountId, recordId: string): string {
  return `${account} ${recordId}`;
}

export function accountResultKey(account: AccountId, asset: Asset): string {
  return `${account} ${asset}`;
}

export function balanceKey(account: AccountId, wallet: Wallet, asset: Asset): string {
  return `${account} ${wallet} ${asset}`;
}
