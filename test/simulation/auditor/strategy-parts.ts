/** I4: what strategies hold of positions is there. Each call of a run has a tag of its own, so that a part is of one order. */
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
  for (const part of strategyParts) {
    const name = positionName(part);
    const quantity = Decimal.parse(part.netQuantity);
    together.set(name, (together.get(name) ?? Decimal.zero).add(quantity.abs()));
    const opened = executed.get(`${part.strategy} ${name} ${quantity.isNegative() ? 'sell' : 'buy'}`);
    if (quantity.abs().greaterThan(opened ?? Decimal.zero))
      run.fail(
        'I4',
        `${part.strategy} holds ${part.netQuantity} of ${name}, of ${opened?.toString() ?? '0'} executed`,
      );
  }
  for (const [name, quantity] of together) {
    // Parts of a net swap position may offset one another.
    const [symbol = '', side] = name.split(' ');
    if (side === 'net' && symbol.includes(':')) continue;
    const held = Decimal.parse(positions.find((one) => positionName(one) === name)?.netQuantity ?? '0').abs();
    if (quantity.greaterThan(held))
      run.fail('I4', `strategies hold ${quantity.toString()} of ${name}, which is ${held.toString()}`);
  }
}
