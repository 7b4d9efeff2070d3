/** I4: orders, positions, funding and balances equal the venue's to the last digit, by position and by wallet. */
import { Decimal } from '../../../src/core/decimal.ts';
import type { AuditedRun } from './audited-run.ts';
import type { Fill } from '../../../src/simulators/exchange/order.ts';
import { dustIsGone, dustLeft } from './dust.ts';
import { heldOf, positionName } from './positions.ts';
import { isWorking } from './order-states.ts';

/** The service's names of the venue's wallets. */
const WALLETS_SHOWN = {
  spot: 'spot',
  swap: 'linear_swap',
  unified: 'unified',
  funding: null,
  earn: null,
} as const;

export function booksEqual(run: AuditedRun): void {
  const { exchange, ourAccount, tag } = run.evidence.venue;
  for (const { wallet, asset, total } of exchange.balances(ourAccount)) {
    if (WALLETS_SHOWN[wallet] === null) continue;
    const shown = run.evidence.service.balances.find(
      (balance) => balance.asset === asset && balance.wallet === WALLETS_SHOWN[wallet],
    );
    if ((shown?.total ?? '0') !== total.toString())
      run.fail('I4', `${wallet} ${asset}: ${shown?.total ?? 'none'} shown, ${total.toString()} at the venue`);
  }
  const theirs = new Map<string, Decimal>();
  for (const { symbol, side, quantity } of exchange.positions(ourAccount))
    theirs.set(positionName({ symbol, positionSide: side }), quantity);
  for (const { symbol, marketType } of exchange.instruments()) {
    if (marketType === 'swap') continue;
    const [base] = symbol.split('/');
    const total = exchange
      .balances(ourAccount)
      .filter(({ asset }) => asset === base)
      .reduce((sum, balance) => sum.add(balance.total), Decimal.zero);
    const fills = run.fills.filter((fill) => fill.symbol === symbol);
    const isOurs = (fill: Fill): boolean => fill.clientOrderId?.startsWith(tag) === true;
    const book = { fills, total, isOurs };
    const held = heldOf(book, dustLeft(run, symbol, book));
    dustIsGone(run, symbol, book, held);
    theirs.set(positionName({ symbol, positionSide: 'net' }), held);
  }
  const shownPositions = new Map(
    run.evidence.service.positions.map((position) => [positionName(position), position.netQuantity]),
  );
  for (const name of new Set([...theirs.keys(), ...shownPositions.keys()])) {
    const quantity = (theirs.get(name) ?? Decimal.zero).toString();
    const shown = shownPositions.get(name) ?? '0';
    if (shown !== quantity) run.fail('I4', `position ${name}: ${shown} shown, ${quantity} at the venue`);
  }
  const working = run.ours.filter(isWorking);
  for (const shown of run.evidence.service.open) {
    if (!working.some((order) => order.clientOrderId === shown.venueClientOrderId))
      run.fail('I4', `${shown.orderId} is listed as ${shown.status} and does not work at the venue`);
    if (shown.status === 'unknown') run.fail('I6', `${shown.orderId} is unknown still`);
  }
}

export function fundingOnItsSide(run: AuditedRun): void {
  const { exchange, ourAccount, fundingNamesSide } = run.evidence.venue;
  if (!fundingNamesSide) return;
  // A payment for a position that the books did not have yet moved the balance alone.
  const known = new Set<string>();
  const attributed = new Set<string>();
  for (const { type, payload } of run.evidence.journal) {
    const { fill, positions, record } = payload as {
      readonly fill?: { readonly symbol: string; readonly positionSide: string };
      readonly positions?: readonly { readonly symbol: string; readonly positionSide: string }[];
      readonly record?: {
        readonly recordId: string;
        readonly kind: string;
        readonly symbol: string;
        readonly positionSide: string;
      };
    };
    if (type === 'fill_booked' || type === 'external_fill_seen') known.add(positionName(fill));
    if (type === 'positions_observed') for (const one of positions ?? []) known.add(positionName(one));
    if (type === 'account_record_booked' && record?.kind === 'funding' && known.has(positionName(record)))
      attributed.add(record.recordId);
  }
  for (const shown of run.evidence.service.positions) {
    if (!shown.symbol.includes(':')) continue;
    const total = exchange
      .funding(ourAccount)
      .filter(({ symbol, positionSide }) => positionName({ symbol, positionSide }) === positionName(shown))
      .filter(({ symbol, positionSide, at }) => attributed.has(`${symbol} ${positionSide} ${at}`))
      .reduce((sum, { amount }) => sum.add(amount), Decimal.zero);
    if (shown.fundingTotal !== total.toString())
      run.fail(
        'I4',
        `funding of ${positionName(shown)}: ${shown.fundingTotal} shown, ${total.toString()} at the venue`,
      );
  }
}
