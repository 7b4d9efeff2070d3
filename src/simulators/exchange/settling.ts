/** The consequences of a call, until there are no more: the last step of every call. */
import { emitBalances, emitBook } from './emit.ts';
import { checkLiquidations } from './liquidation.ts';
import { quote } from './market-maker.ts';
import { placePending } from './order-lists.ts';
import { fireReached } from './triggers.ts';
import type { World } from './world.ts';

/** Fires triggers, liquidates and renews held quotes until nothing changes, then emits the changes of the books. */
export function settle(world: World): void {
  // Each round ends orders or positions for good, so the rounds come to an end.
  for (let isSettled = false; !isSettled;) {
    for (const symbol of world.dirty) fireReached(world, symbol);
    for (const symbol of world.dirty) {
      if (symbol.instrument.marketType === 'swap') checkLiquidations(world, symbol);
      const { held, shape, shown } = symbol.market;
      if (symbol.quotesHit && held && shape.refills && shown === null)
        quote(world, symbol, symbol.instrument.priceTick);
    }
    for (const list of world.filledLists.splice(0)) placePending(world, list);
    isSettled = [...world.dirty].every((symbol) => symbol.traded === null);
  }
  for (const symbol of world.dirty) emitBook(world, symbol);
  world.dirty.clear();
  emitBalances(world);
}
