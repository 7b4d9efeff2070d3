/** The rows that `replay` makes of an account that declares other wallets: those that the writer made. */
import { expect, it } from 'vitest';
import { canonicalJson } from '../journal/hash-chain.ts';
import { decimal } from '../core/decimal.ts';
import { venueOrderId } from '../core/ids.ts';
import { encodeEvent } from '../core/portfolio/codec.ts';
import { Desk, type Decision, balanceReport } from '../core/testing/fixture.ts';
import { project } from '../engine/projection.ts';
import type { JournalRecord, JsonObject, ReadModelChange } from '../journal/journal.ts';
import { foldPortfolio } from './portfolio-fold.ts';

const UNIFIED = [{ wallet: 'unified', kinds: ['spot', 'linear_swap'], collateral: 'all_assets' }] as const;

function take(rows: Map<string, string>, changes: readonly ReadModelChange[]): void {
  for (const change of changes) {
    if (change.model === 'order') rows.set(`order ${change.orderId}`, canonicalJson(change.document));
    if (change.model === 'balance')
      rows.set(`balance ${change.wallet} ${change.asset}`, canonicalJson(change.document));
  }
}

it('a replay gives the rows that the writer made, whatever the account declares', () => {
  const desk = new Desk();
  const live = new Map<string, string>();
  const records: { at: number; type: string; payload: JsonObject }[] = [];
  const run = (decision: Decision): void => {
    for (const event of decision.events)
      records.push({
        at: desk.at,
        type: event.type,
        payload: JSON.parse(JSON.stringify(encodeEvent(event))),
      });
    take(
      live,
      project(
        decision.events.map((event) => ({ at: desk.at, event })),
        desk.state,
      ),
    );
  };
  run(desk.openAccount(null));
  run(
    desk.balances([
      balanceReport('spot', 'USDT', '1000'),
      balanceReport('spot', 'BTC', '1'),
      balanceReport('linear_swap', 'USDT', '1000'),
    ]),
  );
  const placed = desk.place({ quantity: decimal('1') });
  run(placed);
  const order = desk.order(placed.orderId);
  run(desk.outcome(order, { kind: 'accepted', venueOrderId: venueOrderId('v1'), report: null, fills: [] }));
  run(desk.fill(order, 't1'));
  desk.at += 1_000;
  run(desk.openAccount(null, UNIFIED));
  run(desk.balances([balanceReport('unified', 'USDT', '1900'), balanceReport('unified', 'BTC', '2')]));

  const folded = new Map<string, string>();
  const fold = foldPortfolio();
  for (const record of records) take(folded, fold.take(record as JournalRecord));
  take(folded, fold.rest());
  expect(Object.fromEntries(folded)).toEqual(Object.fromEntries(live));
});
