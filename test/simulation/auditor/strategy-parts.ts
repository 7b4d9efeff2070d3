/**
 * I4: what strategies hold of positions is there. Each call of a run has a tag of its own, so that a part is of one order, and callers
 * hold the opposite of one another on a net swap position until that is netted, at the end of a run at the latest.
 */
import { Decimal } from '../../../src/core/decimal.ts';
import type { AuditedRun } from './audited-run.ts';
import { positionName } from './positions.ts';

export function strategyPartsExist(run: AuditedRun): void {
  const { all, positions, strategyParts } = run.evidence.service;
  const executed = new Map<string, Decimal>();
  for (const { strategy, symbol, positionSide, side, filledQuantity } of all) {
    const key = `${strategy} ${positionName({ symbol, positionSide })} ${side}`;
    executed.set(key, (executed.get(key) ?? Decimal.zero).add(Decimal.parse(filledQuantity)));
  }
  const together = new Map<string, Decimal>();
  const shown = new Map<string, Decimal>();
  for (const part of strategyParts) {
    const name = positionName(part);
    const quantity = Decimal.parse(part.netQuantity);
    together.set(name, (together.get(name) ?? Decimal.zero).add(quantity.abs()));
    shown.set(`${part.strategy} ${name}`, quantity);
    const opened = executed.get(`${part.strategy} ${name} ${quantity.isNegative() ? 'sell' : 'buy'}`);
    if (quantity.abs().greaterThan(opened ?? Decimal.zero))
      run.fail(
        'I4',
        `${part.strategy} holds ${part.netQuantity} of ${name}, of ${opened?.toString() ?? '0'} executed`,
      );
    const position = Decimal.parse(positions.find((one) => positionName(one) === name)?.netQuantity ?? '0');
    if (!position.isZero() && position.isNegative() !== quantity.isNegative())
      run.fail('I4', `${part.strategy} holds ${part.netQuantity} of ${name} against ${position.toString()}`);
  }
  for (const [name, quantity] of together) {
    const held = Decimal.parse(positions.find((one) => positionName(one) === name)?.netQuantity ?? '0').abs();
    if (quantity.greaterThan(held))
      run.fail('I4', `strategies hold ${quantity.toString()} of ${name}, which is ${held.toString()}`);
  }
  partsFollowTheJournal(run, shown);
}

interface Taken {
  readonly symbol: string;
  readonly positionSide?: string;
  readonly price: string | null;
  readonly parts: readonly { readonly strategy: string; readonly side: string; readonly quantity: string }[];
}

/** Of net swap positions, which no cut changes afterwards: a part is what its own executions made, less what was taken of it. */
function partsFollowTheJournal(run: AuditedRun, shown: ReadonlyMap<string, Decimal>): void {
  const sums = new Map<string, Decimal>();
  const add = (strategy: string, symbol: string, side: string, quantity: Decimal): void => {
    const key = `${strategy} ${positionName({ symbol, positionSide: 'net' })}`;
    const signed = side === 'buy' ? quantity : quantity.negate();
    sums.set(key, (sums.get(key) ?? Decimal.zero).add(signed));
  };
  const sideOf = new Map(run.evidence.service.all.map((order) => [order.orderId, order.positionSide]));
  for (const { type, payload } of run.evidence.journal) {
    if (type === 'fill_booked') {
      const { orderId, strategy, strategyQuantity, fill } = payload as {
        readonly orderId: string;
        readonly strategy?: string;
        readonly strategyQuantity?: string;
        readonly fill: { readonly symbol: string; readonly side: string; readonly quantity: string };
      };
      if (strategy !== undefined && fill.symbol.includes(':') && sideOf.get(orderId) === 'net')
        add(strategy, fill.symbol, fill.side, Decimal.parse(strategyQuantity ?? fill.quantity));
    }
    if (type !== 'strategy_parts_closed' && type !== 'strategy_books_netted') continue;
    const { symbol, positionSide = 'net', price, parts } = payload as unknown as Taken;
    if (type === 'strategy_books_netted' && (price === null || !Decimal.parse(price).isPositive()))
      run.fail('I4', `books of ${symbol} were netted at ${String(price)}`);
    if (!symbol.includes(':') || positionSide !== 'net') continue;
    for (const { strategy, side, quantity } of parts) add(strategy, symbol, side, Decimal.parse(quantity));
  }
  for (const key of new Set([...sums.keys(), ...shown.keys()])) {
    const [, symbol = '', side] = key.split(' ');
    if (!symbol.includes(':') || side !== 'net') continue;
    const sum = (sums.get(key) ?? Decimal.zero).toString();
    const held = (shown.get(key) ?? Decimal.zero).toString();
    if (sum !== held) run.fail('I4', `${key} is ${held}, and ${sum} by the journal`);
  }
}
