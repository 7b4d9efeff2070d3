/** The receipts of kill switch requests: what is kept of them, and for how long. */
import { describe, expect, it } from 'vitest';
import { decodeState, encodeState } from '../portfolio/snapshot.ts';
import { Desk } from '../testing/fixture.ts';
import { MAX_RECEIPT_LENGTH } from './kill-switch.ts';

function asked(desk: Desk, key: string, contentHash = 'same') {
  return desk.run({
    type: 'kill_switch',
    engaged: true,
    requestedBy: 'ann',
    why: 'seen',
    idempotency: { key, contentHash },
  });
}

const answered = (desk: Desk, key: string, receipt: string) =>
  desk.run({ type: 'kill_switch_answered', key, receipt });

describe('receipts of the kill switch', () => {
  it('are kept for keys that are known, the first one given', () => {
    const desk = Desk.funded();
    asked(desk, 'one');
    answered(desk, 'one', '{"quantity":"1.50"}');
    answered(desk, 'one', '{"quantity":"2"}');
    answered(desk, 'nobody', '{}');
    expect([...desk.state.killSwitchReceipts]).toEqual([['one', '{"quantity":"1.50"}']]);
    expect(asked(desk, 'one').reply).toEqual({ kind: 'kill_switch', outcome: 'repeated' });
    // As text, whatever its fields are called.
    expect([...decodeState(encodeState(desk.state)).killSwitchReceipts]).toEqual([
      ['one', '{"quantity":"1.50"}'],
    ]);
  });

  it('are bounded in number and in size, the oldest going first', () => {
    const desk = Desk.funded();
    const give = (key: string, receipt: string): void => {
      asked(desk, key);
      answered(desk, key, receipt);
    };
    give('too-long', 'x'.repeat(MAX_RECEIPT_LENGTH + 1));
    expect(desk.state.killSwitchReceipts.size).toBe(0);
    for (let n = 0; n < 105; n += 1) give(`k${n}`, `${n}`);
    expect([...desk.state.killSwitchReceipts.keys()].slice(0, 2)).toEqual(['k5', 'k6']);
    expect(desk.state.killSwitchReceipts.size).toBe(100);
    for (const key of ['a', 'b', 'c', 'd']) give(key, key.repeat(MAX_RECEIPT_LENGTH));
    expect([...desk.state.killSwitchReceipts.keys()]).toEqual(['b', 'c', 'd']);
  });
});
