/** The money of a trade: what each side receives and pays, its fee, and its fill. */
import { Decimal } from '../../core/decimal.ts';
import { emitPosition } from './emit.ts';
import { bookTrade } from './margin.ts';
import type { Fill } from './order.ts';
import { positionOf } from './positions.ts';
import { FEE_ACCOUNT, FEE_SCALE, type SymbolState, type WorkingOrder } from './state.ts';
import type { World } from './world.ts';

export interface Trade {
  readonly tradeId: string;
  readonly price: Decimal;
  readonly quantity: Decimal;
  /** price x quantity x contract size. */
  readonly cost: Decimal;
}

/** Moves the money of one side of a trade; the fill, or null for the venue's own accounts. */
export function settleSide(
  world: World,
  symbol: SymbolState,
  order: WorkingOrder,
  trade: Trade,
  liquidity: 'maker' | 'taker',
): Fill | null {
  const { ledger } = world;
  const account = world.account(order.accountId);
  const { instrument, policy } = symbol;
  const { price, quantity, cost } = trade;
  const isBuy = order.side === 'buy';
  const move = (asset: string, change: Decimal): void =>
    ledger.move(account, policy.wallet, asset, change, 'fill');
  const rate = account.internal ? Decimal.zero : policy.fees[liquidity];
  const isSpot = instrument.marketType === 'spot';
  const feeAsset = isSpot && isBuy ? instrument.base : instrument.quote;
  const fee = (isSpot && isBuy ? quantity : cost).multiply(rate).divide(Decimal.one, FEE_SCALE, 'down');
  let realizedPnl = Decimal.zero;
  if (isSpot) {
    move(instrument.base, isBuy ? quantity : quantity.negate());
    move(instrument.quote, isBuy ? cost.negate() : cost);
  } else {
    const position = positionOf(world, account, symbol, order.positionSide);
    realizedPnl = bookTrade(position, instrument, isBuy ? quantity : quantity.negate(), price);
    position.updatedAt = world.now;
    if (!realizedPnl.isZero()) move(instrument.quote, realizedPnl);
    emitPosition(world, account, symbol, position, 'fill');
  }
  if (!fee.isZero()) {
    move(feeAsset, fee.negate());
    ledger.move(world.account(FEE_ACCOUNT), policy.wallet, feeAsset, fee, 'fill');
  }
  if (account.internal) return null;
  addFee(order, feeAsset, fee);
  const fill: Fill = {
    tradeId: trade.tradeId,
    venueOrderId: order.venueOrderId,
    clientOrderId: order.clientOrderId,
    accountId: order.accountId,
    symbol: order.symbol,
    marketType: order.marketType,
    side: order.side,
    positionSide: order.positionSide,
    price,
    quantity,
    cost,
    fee,
    feeAsset,
    liquidity,
    realizedPnl,
    at: world.now,
  };
  world.addFill(account, fill);
  return fill;
}

function addFee(order: WorkingOrder, asset: string, fee: Decimal): void {
  const known = order.fees.find((total) => total.asset === asset);
  order.fees = [
    ...order.fees.filter((total) => total.asset !== asset),
    { asset, amount: known === undefined ? fee : known.amount.add(fee) },
  ];
}
