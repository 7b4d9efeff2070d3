/** Starting and stopping a gateway (C01 to C06). */
import { describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../connection.ts';
import { readKeyPermissions } from '../registry.ts';
import type { CaseWorld } from './cases.ts';
import type { TrueAccount } from './control.ts';
import { Recorder, SwitchableRelay, optionsFor } from './world.ts';

export function startingCases({ underTest, kind, venue, fixture }: CaseWorld): void {
  describe('starting', () => {
    it('C01 refuses keys that the venue does not know', async () => {
      const { account } = await fixture();
      await expect(
        fixture({ credentials: { apiKey: account.key, secret: 'wrong'.repeat(12) } }),
      ).rejects.toThrow();
      await expect(
        fixture({ credentials: { apiKey: 'a'.repeat(account.key.length), secret: account.secret } }),
      ).rejects.toThrow();
    });

    it('C02 rejects when the venue cannot be reached', async () => {
      const relay = await SwitchableRelay.open(venue().endpoints.rest);
      await relay.switchOff();
      await expect(
        fixture({ endpoints: { rest: relay.origin, ws: venue().endpoints.ws } }),
      ).rejects.toThrow();
    });

    it('C03 knows the instruments, the clock and its streams', async () => {
      const { gateway, recorded, symbol, instrument } = await fixture();
      expect(instrument.kind).toBe(kind);
      expect(gateway.instruments().some((one) => one.symbol === symbol)).toBe(true);
      expect(Math.abs(gateway.connection().clockOffsetMs)).toBeLessThan(500);
      expect(gateway.connection().privateStream).toBe('connected');
      expect(recorded.gaps).toHaveLength(venue().privateConnections);
    });

    it('C05 can be stopped while it starts, and started again', async () => {
      const account = await venue().control.newAccount();
      const gateway = venue().createGateway(optionsFor(venue(), kind, account));
      const recorded = new Recorder();
      const starting = gateway.start(recorded);
      await gateway.stop();
      await expect(starting).rejects.toThrow('stopped');
      expect(gateway.connection().privateStream).toBe('closed');
      expect(recorded.gaps).toHaveLength(0);
      await gateway.start(recorded);
      await expect(gateway.start(recorded)).rejects.toThrow('started already');
      expect(gateway.connection().privateStream).toBe('connected');
      await gateway.stop();
    });

    it('C04 is silent and sends nothing once stopped', async () => {
      const one = await fixture();
      const price = await one.priceAt('bid', '0.97');
      await one.gateway.stop();
      const recorded = one.recorded.orders.length;
      expect((await one.send(one.limit(price))).kind).toBe('not_sent');
      expect(await one.trueOrders()).toHaveLength(0);
      expect(one.recorded.orders).toHaveLength(recorded);
      expect(one.gateway.connection().privateStream).toBe('closed');
    });

    it.skipIf(!underTest.adapter.capabilities.reportsKeyPermissions)(
      'C06 says what its keys may do',
      async () => {
        const permissionsOf = async (account: TrueAccount, changes: Partial<GatewayOptions> = {}) =>
          readKeyPermissions(underTest.adapter.capabilities.venue, {
            ...optionsFor(venue(), kind, account),
            ...changes,
          });
        const harmless = await venue().control.newAccount();
        expect(await permissionsOf(harmless)).toMatchObject({
          kind: 'ok',
          value: {
            canRead: true,
            [kind === 'spot' ? 'canTradeSpot' : 'canTradeSwaps']: true,
            canWithdraw: false,
          },
        });
        expect(await permissionsOf(await venue().control.newAccount({ withdraw: true }))).toMatchObject({
          kind: 'ok',
          value: { canWithdraw: true },
        });
        expect(await permissionsOf({ ...harmless, secret: 'wrong'.repeat(12) })).toMatchObject({
          kind: 'failed',
          reason: 'refused',
        });
        expect(
          await permissionsOf(harmless, { endpoints: { rest: 'http://127.0.0.1:9', ws: null } }),
        ).toMatchObject({ kind: 'failed', reason: 'unreachable' });
      },
    );
  });
}
