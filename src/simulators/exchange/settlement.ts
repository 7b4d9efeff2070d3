/** The money of a trade: what each side receives and pays, its fee, and its fill. */
import { Decimal } from '../../core/decimal.ts';
import { emitPosition } from './emit.ts';
import type { Instrument } from './instrument.ts';
import { bookTrade } from './margin.ts';
import type { Fill } from './order.ts';
import { positionOf } from './positions.ts';
import {
  FEE_ACCOUNT,
  FLOW_ACCOUNT,
  MONEY_SCALE,
  type AccountState,
  type SymbolState,
  type WorkingOrder,
} from './state.ts';
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
  // The trade moves before its fee is sized: a sale of the coin leaves less of it for the fee.
  const isInBase = isSpot && isBuy && (policy.spotFeesIn ?? 'received') === 'received';
  const { asset: feeAsset, amount: fee } = feeOf(world, account, symbol, {
    asset: isInBase ? instrument.base : instrument.quote,
    amount: (isInBase ? quantity : cost).multiply(rate).divide(Decimal.one, MONEY_SCALE, 'down'),
    worth: cost.multiply(rate),
  });
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

/** In a shared book the buyer may pay another quote than the seller gets: the venue changes one for the other at par. */
export function convertQuotes(world: World, maker: WorkingOrder, taker: WorkingOrder, cost: Decimal): void {
  const [buy, sell] = taker.side === 'buy' ? [taker, maker] : [maker, taker];
  const { instrument, policy } = world.symbolOf(buy);
  const paid = instrument.quote;
  const received = world.symbolOf(sell).instrument.quote;
  if (paid === received) return;
  const account = world.account(FLOW_ACCOUNT);
  world.ledger.move(account, policy.wallet, paid, cost, 'fill');
  world.ledger.move(account, policy.wallet, received, cost.negate(), 'fill');
}

interface DueFee {
  readonly asset: string;
  readonly amount: Decimal;
  /** In the quote asset. */
  readonly worth: Decimal;
}

/** The fee as it is paid: in the venue's own coin where the account wants that and its wallet has enough, else as it is due. */
function feeOf(
  world: World,
  account: AccountState,
  { policy, instrument }: SymbolState,
  due: DueFee,
): Pick<DueFee, 'asset' | 'amount'> {
  const { feeCoin } = policy;
  const isSpot = instrument.marketType === 'spot';
  const isWanted = isSpot ? account.paysSpotFeesInCoin : account.paysFeesInCoin;
  if (feeCoin === null || !isWanted || due.amount.isZero()) return due;
  const { asset } = feeCoin;
  const price = coinPrice(world, asset, instrument);
  if (price === null) return due;
  const amount = due.worth.multiply(feeCoin.part).divide(price, MONEY_SCALE, 'down');
  const { ledger } = world;
  // On spot a part of the coin may be locked by orders.
  const held = isSpot
    ? ledger.free(account, policy.wallet, asset)
    : ledger.balance(account, policy.wallet, asset).total;
  return held.atLeast(amount) ? { asset, amount } : due;
}

/** Assets that count as a dollar each. */
const DOLLARS: ReadonlySet<string> = new Set(['USDT', 'USDC', 'FDUSD', 'USD']);

/**
 * The coin's last price in the quote asset, for a dollar in any dollar; null where it is not listed. A fee of spot goes by the coin's spot
 * market and one of swaps by its swap, each of which has a price of its own; by the other one where that is not listed.
 */
function coinPrice(
  world: World,
  coin: string,
  { marketType, quote }: Pick<Instrument, 'marketType' | 'quote'>,
): Decimal | null {
  const quotes = DOLLARS.has(quote) ? [quote, 'USDT'] : [quote];
  const spot = quotes.map((one) => `${coin}/${one}`);
  const swaps = quotes.map((one) => `${coin}/${one}:${one}`);
  for (const name of marketType === 'spot' ? [...spot, ...swaps] : [...swaps, ...spot]) {
    const symbol = world.symbols.get(name);
    if (symbol !== undefined) return symbol.lastPrice;
  }
  return null;
}

function addFee(order: WorkingOrder, asset: string, fee: Decimal): void {
  const known = order.fees.find((total) => total.asset === asset);
  order.fees = [
    ...order.fees.filter((total) => total.asset !== asset),
    { asset, amount: known === undefined ? fee : known.amount.add(fee) },
  ];
}
