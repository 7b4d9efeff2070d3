import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset, instrumentSymbol, venueClientOrderId, venueOrderId } from '../ids.ts';
import type { OrderRequest } from '../order/order.ts';
import { balanceKey, instrumentKey } from '../portfolio/keys.ts';
import type { MarketContext } from '../risk/rule.ts';
import {
  atPar,
  accountRecord,
  ACCOUNT,
  balanceReport,
  Desk,
  fillOf,
  quoteAt,
  SPOT,
  SPOT_INSTRUMENT,
  SWAP,
  SWAP_INSTRUMENT,
} from '../testing/fixture.ts';
import { availableBalance, heldOf, type BalanceUse } from './available.ts';
import { SEPARATE_WALLETS, type Wallet, type WalletDeclaration } from './wallet.ts';

const USDT = asset('USDT');
const BTC = asset('BTC');
const UNIFIED: readonly WalletDeclaration[] = [
  { wallet: 'unified', kinds: ['spot', 'linear_swap'], collateral: 'settle_asset' },
];
let desk: Desk;
afterEach(() => {
  desk.expectReplayEqual();
});

interface Market {
  readonly mark?: string;
  /** As collateral, and in full where that is another figure. */
  readonly worth?: Readonly<Record<string, string | readonly [string, string]>>;
}

const market = ({ mark = '100', worth = {} }: Market): Pick<MarketContext, 'marks' | 'collateralWorth'> => ({
  marks: new Map([SPOT, SWAP].map((symbol) => [instrumentKey(ACCOUNT, symbol), decimal(mark)])),
  collateralWorth: new Map(
    Object.entries(worth).map(([of, each]) => {
      const [asCollateral, asDebt] = typeof each === 'string' ? [each, each] : each;
      return [
        balanceKey(ACCOUNT, 'unified', asset(of)),
        { asCollateral: decimal(asCollateral), asDebt: decimal(asDebt) },
      ];
    }),
  ),
});

const available = (of: string, use: BalanceUse, given: Market = {}): string =>
  availableBalance(
    desk.state,
    ACCOUNT,
    'unified',
    asset(of),
    use,
    { ...market(given), leverages: new Map() },
    null,
  ).toString();

const totals = (): Record<string, string> =>
  Object.fromEntries(
    [...desk.state.balances.values()].map(({ wallet, asset: of, total }) => [
      `${wallet} ${of}`,
      total.toString(),
    ]),
  );

/** The refusal of the rule on balances: what is available and what was needed; null where the order passes. */
const refusal = (given: Partial<OrderRequest>, at: Market = {}): readonly (string | null)[] | null => {
  const instrument = given.symbol === SWAP ? SWAP_INSTRUMENT : SPOT_INSTRUMENT;
  const refused = desk.refusalBy('available_balance', given, {
    ...market(at),
    quote: quoteAt(instrument, decimal(at.mark ?? '100'), desk.at),
  });
  return refused === null ? null : [refused.limit, refused.actual];
};

describe('one wallet for spot and swaps', () => {
  beforeEach(() => {
    desk = Desk.unified('settle_asset', '1000', '10');
  });

  it('has the hold of a spot purchase and the margin of a swap compete for the same balance', () => {
    desk.open({ quantity: decimal('6') });
    expect(refusal({ symbol: SWAP, quantity: decimal('4') })).toEqual(['400', '400.4']);
    expect(refusal({ symbol: SWAP, quantity: decimal('3.99') })).toBeNull();
    desk.open({ symbol: SWAP, quantity: decimal('3') });
    expect(refusal({ quantity: decimal('1') })).toEqual(['99.7', '100']);
    expect(refusal({ quantity: decimal('0.997') })).toBeNull();
  });

  it('takes the margin of a position, and its open loss, from what spot may spend', () => {
    desk.hold(SWAP, '4');
    expect(available('USDT', 'spends')).toBe('600');
    expect(available('USDT', 'spends', { mark: '90' })).toBe('600');
    expect(available('USDT', 'spends', { mark: '50' })).toBe('600');
    desk.hold(SWAP, '-4');
    desk.hold(SWAP, '-4');
    expect(available('USDT', 'spends', { mark: '120' })).toBe('440');
    expect(refusal({ quantity: decimal('3.7'), price: decimal('120') }, { mark: '120' })).toEqual([
      '440',
      '444',
    ]);
  });

  it('values the position at the quote that the order is judged on where it is not among the marks', () => {
    desk.hold(SWAP, '-4');
    const asked = { symbol: SWAP, side: 'sell', quantity: decimal('4'), price: decimal('120') } as const;
    const quote = quoteAt(SWAP_INSTRUMENT, decimal('120'), desk.at);
    expect(desk.refusalBy('available_balance', asked, { quote })).toMatchObject({
      limit: '440',
      actual: '480.48',
    });
  });

  it('leaves the base that spot sells alone', () => {
    desk.hold(SWAP, '9');
    expect(available('BTC', 'sells')).toBe('10');
    expect(refusal({ side: 'sell', quantity: decimal('10') })).toBeNull();
    expect(refusal({ side: 'sell', quantity: decimal('10.001') })).toEqual(['10', '10.001']);
  });

  it('moves the same balance by fills of both kinds, and lets each hold go to where its fill went', () => {
    const spot = desk.open({ quantity: decimal('2') });
    const swap = desk.open({ symbol: SWAP, quantity: decimal('3') });
    expect(heldOf(desk.state, ACCOUNT, 'unified', USDT, null).toString()).toBe('500.3');
    desk.fill(spot, 't1');
    desk.fill(swap, 't1', { fee: decimal('0.3'), feeAsset: USDT });
    expect(heldOf(desk.state, ACCOUNT, 'unified', USDT, null).toString()).toBe('0');
    expect(available('USDT', 'spends')).toBe('499.7');
    const close = desk.open({ symbol: SWAP, side: 'sell', quantity: decimal('3'), reduceOnly: true });
    desk.fill(close, 't2', { price: decimal('110') });
    expect(totals()).toEqual({ 'unified USDT': '829.7', 'unified BTC': '12' });
    expect(available('USDT', 'spends')).toBe('829.7');
  });

  it('takes funding, and executions of others, into the same balance', () => {
    desk.fills([
      fillOf(desk.submitting({ symbol: SWAP }), 'x', {
        venueOrderId: venueOrderId('x'),
        venueClientOrderId: venueClientOrderId('x'),
      }),
    ]);
    desk.records([accountRecord({ wallet: 'unified', amount: decimal('-2') })]);
    expect(totals()).toEqual({ 'unified USDT': '998', 'unified BTC': '10' });
    expect(desk.state.positions.get(instrumentKey(ACCOUNT, SWAP))).toMatchObject({ wallet: 'unified' });
  });

  it('takes funding of an instrument of which no position is known into the wallet that serves swaps', () => {
    desk.records([accountRecord({ wallet: 'unified', amount: decimal('-3') })]);
    expect(desk.state.positions.size).toBe(0);
    expect(totals()).toEqual({ 'unified USDT': '997', 'unified BTC': '10' });
  });

  it('compares the totals of each wallet, and names a difference by its wallet', () => {
    desk.balances([balanceReport('unified', 'USDT', '990'), balanceReport('unified', 'BTC', '10')]);
    expect(
      [...desk.state.drift.values()].map(({ subject, ours, theirs }) => [subject, ours, theirs]),
    ).toEqual([['unified USDT', '1000', '990']]);
    expect(totals()).toEqual({ 'unified USDT': '990', 'unified BTC': '10' });
  });

  it('counts locks of others in full while our swap orders hold margin beside them', () => {
    desk.open({ symbol: SWAP, quantity: decimal('3') });
    desk.open({ quantity: decimal('1') });
    const shown = balanceReport('unified', 'USDT', '1000', { lockedByOrders: decimal('250') });
    desk.balances([shown, balanceReport('unified', 'BTC', '10')]);
    expect(desk.state.balances.get(balanceKey(ACCOUNT, 'unified', USDT))?.externalLocked.toString()).toBe(
      '150',
    );
    expect(available('USDT', 'spends')).toBe('449.7');
  });
});

describe('a wallet in which every asset is collateral', () => {
  beforeEach(() => {
    desk = Desk.unified('all_assets', '1000', '10');
  });

  it('counts other assets at their worth, and only for margin', () => {
    const worth = { BTC: '90' };
    expect(available('USDT', 'holds_margin', { worth })).toBe('1900');
    expect(available('USDT', 'spends', { worth })).toBe('1000');
    expect(available('USDT', 'holds_margin')).toBe('1000');
    expect(refusal({ symbol: SWAP, quantity: decimal('19') }, { worth })).toEqual(['1900', '1901.9']);
    expect(refusal({ quantity: decimal('10.001') }, { worth })).toEqual(['1000', '1000.1']);
  });

  it('has other assets carry the margin first, so that what they do not carry is kept back from spending', () => {
    const worth = { BTC: '90' };
    desk.positions([{ quantity: decimal('12') }]);
    expect(available('USDT', 'spends', { worth })).toBe('700');
    expect(available('USDT', 'holds_margin', { worth })).toBe('700');
    expect(available('USDT', 'spends', { worth, mark: '120' })).toBe('460');
    expect(available('USDT', 'spends')).toBe('0');
  });

  it('keeps an asset that is needed as collateral from being spent, and lets it be sold', () => {
    const worth = { BTC: '90', USDT: '1' };
    desk.positions([{ quantity: decimal('14') }]);
    // 1,400 of margin less 1,000 USDT: 400 / 90 of the BTC are needed.
    expect(available('BTC', 'spends', { worth })).toBe('5.555555555555555555');
    expect(available('BTC', 'sells', { worth })).toBe('10');
    expect(refusal({ side: 'sell', quantity: decimal('10') }, { worth })).toBeNull();
  });

  it('lets an asset be sold whole beside a debt that it backs', () => {
    desk.balances([balanceReport('unified', 'USDT', '-100'), balanceReport('unified', 'BTC', '10')]);
    const worth = { BTC: '90', USDT: '1' };
    expect(available('BTC', 'sells', { worth })).toBe('10');
    expect(refusal({ side: 'sell', quantity: decimal('10') }, { worth })).toBeNull();
  });

  it('counts what is held of another asset no second time', () => {
    const worth = { BTC: '90' };
    desk.open({ side: 'sell', quantity: decimal('4') });
    expect(available('USDT', 'holds_margin', { worth })).toBe('1540');
  });

  it('counts what was borrowed of another asset against the others', () => {
    desk.balances([balanceReport('unified', 'USDT', '1000'), balanceReport('unified', 'BTC', '-2')]);
    expect(available('USDT', 'holds_margin', { worth: { BTC: '100' } })).toBe('800');
    expect(available('USDT', 'spends', { worth: { BTC: '100' } })).toBe('800');
  });

  it('has margin in one settle asset taken from the collateral of another', () => {
    const usdc = asset('USDC');
    const worth = { USDT: '1', USDC: '1', BTC: '90' };
    desk.balances([
      balanceReport('unified', 'USDT', '1000'),
      balanceReport('unified', 'BTC', '10'),
      balanceReport('unified', 'USDC', '500'),
    ]);
    const instrument = {
      ...SWAP_INSTRUMENT,
      symbol: instrumentSymbol('BTC/USDC:USDC'),
      quote: usdc,
      settle: usdc,
    };
    const order = desk.open(
      { symbol: instrument.symbol, quantity: decimal('8') },
      { instrument, ...market({ worth }), ...atPar('USDC') },
    );
    // 800.8 of the 500 USDC are held: the rest stands on the other assets.
    expect(available('USDT', 'holds_margin', { worth })).toBe('1599.2');
    desk.fill(order, 't1');
    expect(available('USDT', 'holds_margin', { worth })).toBe('1600');
    expect(available('USDC', 'holds_margin', { worth })).toBe('1600');
  });

  it('carries margin though there is nothing of the settle asset', () => {
    desk = new Desk();
    desk.openAccount(null, [{ wallet: 'unified', kinds: ['spot', 'linear_swap'], collateral: 'all_assets' }]);
    desk.balances([balanceReport('unified', 'BTC', '10')]);
    const worth = { BTC: '90' };
    expect(refusal({ symbol: SWAP, quantity: decimal('8') }, { worth })).toBeNull();
    expect(refusal({ symbol: SWAP, quantity: decimal('9') }, { worth })).toEqual(['900', '900.9']);
    expect(refusal({ quantity: decimal('1') }, { worth })).toEqual(['0', '100']);
  });
});

describe('wallets that are declared anew', () => {
  const wallets = (): readonly Wallet[] => [
    ...new Set([...desk.state.balances.values()].map(({ wallet }) => wallet)),
  ];

  beforeEach(() => {
    desk = Desk.funded('1000', '10');
  });

  it('take positions, orders in flight and their holds along, and have their balances read anew', () => {
    desk.hold(SWAP, '2');
    const spot = desk.open({ quantity: decimal('3') });
    const swap = desk.submitting({ symbol: SWAP, quantity: decimal('1') });
    const decision = desk.openAccount(null, UNIFIED);
    expect(decision.events).toEqual([{ type: 'wallets_declared', accountId: ACCOUNT, wallets: UNIFIED }]);
    expect(desk.openAccount(null, UNIFIED).events).toEqual([]);
    expect(wallets()).toEqual([]);
    expect(desk.state.accounts.get(ACCOUNT)).toMatchObject({ balancesKnown: false, positionsKnown: false });
    expect(desk.order(spot.orderId)).toMatchObject({ wallet: 'unified', hold: { wallet: 'unified' } });
    expect(desk.order(swap.orderId)).toMatchObject({ wallet: 'unified', hold: { wallet: 'unified' } });
    expect(heldOf(desk.state, ACCOUNT, 'unified', USDT, null).toString()).toBe('400.1');
    expect(heldOf(desk.state, ACCOUNT, 'spot', USDT, null).toString()).toBe('0');
    expect(heldOf(desk.state, ACCOUNT, 'linear_swap', USDT, null).toString()).toBe('0');
    // Nothing new is approved on balances that are not known; they are read anew, and no difference is made of it.
    expect(refusal({ quantity: decimal('0.1') })).toEqual(['0', '10']);
    desk.balances([balanceReport('unified', 'USDT', '2000'), balanceReport('unified', 'BTC', '10')], false);
    expect(desk.state.drift.size).toBe(0);
    expect(available('USDT', 'spends')).toBe('1399.9');
    desk.fill(spot, 't1');
    desk.fill(swap, 't2');
    expect(totals()).toEqual({ 'unified USDT': '1700', 'unified BTC': '13' });
    expect(available('USDT', 'spends')).toBe('1400');
  });

  it('are moved by what arrives late for an order that had ended, in memory or recalled', () => {
    const kept = desk.open({ quantity: decimal('1') });
    const evicted = desk.open({ symbol: SWAP, quantity: decimal('1') });
    desk.report(kept, { status: 'canceled' });
    desk.report(evicted, { status: 'canceled' });
    const stored = desk.order(evicted.orderId);
    desk.force({ type: 'orders_evicted', orderIds: [evicted.orderId], externalFillsBefore: 0 });
    desk.openAccount(null, UNIFIED);
    desk.balances([balanceReport('unified', 'USDT', '2000'), balanceReport('unified', 'BTC', '10')]);
    desk.run({ type: 'recall', order: stored });
    desk.fill(kept, 'late-1');
    desk.fill(evicted, 'late-2', { fee: decimal('0.1'), feeAsset: USDT });
    expect(totals()).toEqual({ 'unified USDT': '1899.9', 'unified BTC': '11' });
    expect(desk.order(evicted.orderId)).toMatchObject({ wallet: 'unified' });
  });

  it('may be apart again', () => {
    desk.openAccount(null, UNIFIED);
    desk.balances([balanceReport('unified', 'USDT', '2000'), balanceReport('unified', 'BTC', '10')]);
    const spot = desk.open({ quantity: decimal('3') });
    desk.openAccount(null, SEPARATE_WALLETS);
    expect(desk.state.accounts.get(ACCOUNT)?.wallets).toEqual(SEPARATE_WALLETS);
    expect(desk.order(spot.orderId)).toMatchObject({ wallet: 'spot', hold: { wallet: 'spot' } });
    desk.balances([balanceReport('spot', 'USDT', '2000'), balanceReport('linear_swap', 'USDT', '0')]);
    expect(heldOf(desk.state, ACCOUNT, 'spot', USDT, null).toString()).toBe('300');
  });

  it('keep the balances of a wallet that is declared again, until they are read', () => {
    desk.openAccount(null, [{ wallet: 'spot', kinds: ['spot'], collateral: 'settle_asset' }]);
    expect(wallets()).toEqual(['spot']);
    expect(totals()).toEqual({ 'spot USDT': '1000', 'spot BTC': '10' });
    expect(heldOf(desk.state, ACCOUNT, 'spot', BTC, null).toString()).toBe('0');
  });

  it('of an account without swaps leave its swap orders and positions where they were', () => {
    desk.hold(SWAP, '2');
    const close = desk.open({ symbol: SWAP, side: 'sell', quantity: decimal('2'), reduceOnly: true });
    desk.openAccount(null, [{ wallet: 'spot', kinds: ['spot'], collateral: 'settle_asset' }]);
    desk.fill(close, 't9', { price: decimal('110') });
    expect(desk.state.positions.get(instrumentKey(ACCOUNT, SWAP))).toMatchObject({
      wallet: 'linear_swap',
      netQuantity: decimal('0'),
      realizedPnl: decimal('20'),
    });
  });
});
