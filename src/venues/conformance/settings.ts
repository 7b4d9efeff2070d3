/** Leverage, margin mode and position mode (C150 to C156). */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol } from '../../core/ids.ts';
import { ok } from './cases.ts';
import type { CaseWorld } from './cases.ts';

export function settingCases({ capabilities, venue, fixture }: CaseWorld): void {
  describe('settings', () => {
    it.skipIf(!capabilities.setsLeverage)('C150 sets leverage, or says why not', async () => {
      const one = await fixture();
      const set = (leverage: string) => one.gateway.setLeverage(one.symbol, Decimal.parse(leverage));
      expect(await set('3')).toEqual({ kind: 'set' });
      expect(await set('3')).toEqual({ kind: 'set' });
      expect(ok(await one.gateway.swapSettings(one.symbol)).leverage?.toString()).toBe('3');
      expect(await set('100000')).toMatchObject({
        kind: 'refused',
        reason: { venueCode: expect.stringMatching(/./) },
      });
      const before = await venue().control.requestCount('settings');
      expect(await set('0.5')).toMatchObject({ kind: 'refused' });
      expect(await set('-1')).toMatchObject({ kind: 'refused' });
      const nope = instrumentSymbol('NOPE/NOPE');
      expect(await one.gateway.setLeverage(nope, Decimal.one)).toMatchObject({ kind: 'refused' });
      expect(await venue().control.requestCount('settings')).toBe(before);
      expect(ok(await one.gateway.swapSettings(one.symbol)).leverage?.toString()).toBe('3');
      await one.gateway.stop();
      expect(await set('4')).toMatchObject({ kind: 'not_sent' });
    });

    it.skipIf(capabilities.marginModes.length < 2)(
      'C151 sets the margin mode of an instrument that is idle, and of no other',
      async () => {
        const one = await fixture();
        const set = (mode: 'cross' | 'isolated') => one.gateway.setMarginMode(one.symbol, mode);
        expect(await set('isolated')).toEqual({ kind: 'set' });
        expect(await set('isolated')).toEqual({ kind: 'set' });
        expect(ok(await one.gateway.swapSettings(one.symbol)).marginMode).toBe('isolated');
        expect(await set('cross')).toEqual({ kind: 'set' });
        expect(ok(await one.gateway.swapSettings(one.symbol)).marginMode).toBe('cross');
        await one.place(one.limit(await one.priceAt('bid', '0.97')));
        const refused = { kind: 'refused', reason: { venueCode: expect.stringMatching(/./) } };
        expect(await set('isolated')).toMatchObject(refused);
        await one.place(one.market());
        expect(await set('isolated')).toMatchObject(refused);
        expect(ok(await one.gateway.swapSettings(one.symbol)).marginMode).toBe('cross');
      },
    );

    it.skipIf(capabilities.positionModes.length === 0)('C152 reads the position mode', async () => {
      const one = await fixture();
      expect(one.gateway.connection().positionMode).toBe('one_way');
      expect(ok(await one.gateway.positionMode())).toBe('one_way');
      expect(await one.gateway.setPositionMode('one_way')).toEqual({ kind: 'set' });
      await one.gateway.stop();
      expect(one.gateway.connection().positionMode).toBeNull();
    });

    it.skipIf(!capabilities.setsLeverage)(
      'C155 sends a setting once, and calls an answer that proves nothing unknown',
      async () => {
        const one = await fixture();
        const set = (leverage: string) => one.gateway.setLeverage(one.symbol, Decimal.parse(leverage));
        await set('4');
        const shown = async () => ok(await one.gateway.swapSettings(one.symbol)).leverage?.toString();
        const lost = async (fault: string, leverage: string, after: string) => {
          const status = fault.startsWith('http_error') ? { status: 500 } : {};
          await venue().control.fault({ kind: fault, route: 'settings', count: 1, ...status });
          const before = await venue().control.requestCount('settings');
          expect(await set(leverage), fault).toMatchObject({ kind: 'unknown' });
          expect(await venue().control.requestCount('settings'), fault).toBe(before + 1);
          expect(await shown(), fault).toBe(after);
        };
        await lost('drop_response', '5', '5');
        await lost('drop_request', '6', '5');
        await lost('http_error', '6', '5');
        await lost('http_error_after', '6', '6');
        await lost('truncate_body', '7', '7');
        await lost('empty_body', '8', '8');
        await lost('stall_body', '9', '9');
        await venue().control.fault({
          kind: 'rate_limit',
          route: 'settings',
          status: 429,
          retry_after_s: 1,
          count: 1,
        });
        expect(await set('10')).toMatchObject({ kind: 'not_sent', reason: 'throttled' });
      },
    );

    it.skipIf(capabilities.setsLeverage)('C156 refuses settings that the kind does not have', async () => {
      const one = await fixture();
      const before = await venue().control.requestCount('settings');
      const refused = { kind: 'refused', reason: { kind: 'other' } };
      expect(await one.gateway.setLeverage(one.symbol, Decimal.one)).toMatchObject(refused);
      expect(await one.gateway.setMarginMode(one.symbol, 'cross')).toMatchObject(refused);
      expect(await one.gateway.setPositionMode('one_way')).toMatchObject(refused);
      expect(await one.gateway.swapSettings(one.symbol)).toMatchObject({ kind: 'failed' });
      expect(one.gateway.connection().positionMode).toBeNull();
      expect(await venue().control.requestCount('settings')).toBe(before);
    });
  });
}
