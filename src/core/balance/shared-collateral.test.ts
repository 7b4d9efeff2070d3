/** Debts and holds of other assets in a wallet whose assets are collateral together. */
import { expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset, instrumentSymbol } from '../ids.ts';
import { balanceKey, instrumentKey } from '../portfolio/keys.ts';
import { ACCOUNT, atPar, balanceReport, Desk, quoteAt, SWAP, SWAP_INSTRUMENT } from '../testing/fixture.ts';
import { availableBalance, type CollateralWorth } from './available.ts';

const USDC_SWAP = instrumentSymbol('BTC/USDC:USDC');
const USDC_INSTRUMENT = {
  ...SWAP_INSTRUMENT,
  symbol: USDC_SWAP,
  quote: asset('USDC'),
  settle: asset('USDC'),
};

const worthOf = (
  given: Readonly<Record<string, readonly [string, string]>>,
): ReadonlyMap<string, CollateralWorth> =>
  new Map(
    Object.entries(given).map(([of, [asCollateral, asDebt]]) => [
      balanceKey(ACCOUNT, 'unified', asset(of)),
      { asCollateral: decimal(asCollateral), asDebt: decimal(asDebt) },
    ]),
  );

const freeMargin = (desk: Desk, collateralWorth: ReadonlyMap<string, CollateralWorth>): string =>
  availableBalance(
    desk.state,
    ACCOUNT,
    'unified',
    asset('USDT'),
    'holds_margin',
    { marks: new Map(), leverages: new Map(), collateralWorth },
    null,
  ).toString();

it('an order in flight that settles in an asset without a balance uses up shared collateral', () => {
  const desk = Desk.unified('all_assets', '1000', '0');
  const collateralWorth = worthOf({ USDT: ['1', '1'], USDC: ['1', '1'] });
  const marks = new Map([SWAP, USDC_SWAP].map((symbol) => [instrumentKey(ACCOUNT, symbol), decimal('100')]));
  const first = desk.place(
    { symbol: USDC_SWAP, quantity: decimal('9') },
    {
      instrument: USDC_INSTRUMENT,
      marks,
      collateralWorth,
      quote: quoteAt(USDC_INSTRUMENT, decimal('100'), desk.at),
      ...atPar('USDC'),
    },
  );
  expect(first.reply.kind).toBe('accepted');
  const context = { marks, collateralWorth, quote: quoteAt(SWAP_INSTRUMENT, decimal('100'), desk.at) };
  const second = desk.refusalBy('available_balance', { symbol: SWAP, quantity: decimal('9') }, context);
  expect([second?.limit, second?.actual]).toEqual(['99.1', '900.9']);
});

it('the margin of a position that settles in an asset without a balance uses up shared collateral', () => {
  const desk = Desk.unified('all_assets', '1000', '0');
  const worth = worthOf({ USDT: ['1', '1'], USDC: ['1', '1'] });
  desk.settings.set(USDC_SWAP, desk.settingOf(USDC_INSTRUMENT));
  desk.positions([{ symbol: USDC_SWAP, quantity: decimal('4') }]);
  expect([...desk.state.balances.values()].map((balance) => balance.asset)).toEqual(['USDT', 'BTC']);
  expect(freeMargin(desk, worth)).toBe('600');
});

it('a debt counts at its full price, not at the share that the asset counts as collateral', () => {
  const desk = Desk.unified('all_assets', '1000', '0');
  desk.balances([balanceReport('unified', 'USDT', '1000'), balanceReport('unified', 'ETH', '-9')]);
  expect(freeMargin(desk, worthOf({ ETH: ['50', '100'] }))).toBe('100');
  expect(freeMargin(desk, worthOf({ ETH: ['0', '100'] }))).toBe('100');
});

it('a debt whose price is not known leaves nothing for new margin', () => {
  const desk = Desk.unified('all_assets', '1000', '0');
  desk.balances([balanceReport('unified', 'USDT', '1000'), balanceReport('unified', 'BTC', '-9')]);
  expect(freeMargin(desk, new Map())).toBe('0');
});
