import { describe, expect, it } from 'vitest';
import { VENUES, accountId } from '../core/ids.ts';
import type { GatewayOptions } from './connection.ts';
import {
  GatewayRegistry,
  SUPPORTED_VENUES,
  UnsupportedVenue,
  capabilitiesOf,
  isSupported,
} from './registry.ts';

const OPTIONS: GatewayOptions = {
  accountId: accountId('account'),
  mode: 'paper',
  credentials: { apiKey: 'key', secret: 'secret' },
  endpoints: { rest: 'http://127.0.0.1:1', ws: 'ws://127.0.0.1:1' },
};

describe('gateway registry', () => {
  it('makes a gateway of each supported venue, which says what it can do', () => {
    const registry = new GatewayRegistry();
    for (const venue of SUPPORTED_VENUES) {
      const gateway = registry.create(venue, OPTIONS);
      expect(gateway.venue).toBe(venue);
      expect(gateway.connection().privateStream).toBe('closed');
      expect(capabilitiesOf(venue).venue).toBe(venue);
    }
  });

  it('says plainly which venues it has no gateway for', () => {
    const registry = new GatewayRegistry();
    for (const venue of VENUES.filter((one) => !isSupported(one))) {
      expect(() => registry.create(venue, OPTIONS)).toThrow(UnsupportedVenue);
      expect(() => capabilitiesOf(venue)).toThrow(`venue ${String(venue)} is not supported yet`);
    }
  });

  it('declares only the kinds that the account trades', () => {
    const gateway = new GatewayRegistry().create('binance', { ...OPTIONS, kinds: ['spot'] });
    expect(gateway.capabilities.kinds.linear_swap).toBeNull();
    expect(gateway.capabilities.kinds.spot).not.toBeNull();
  });
});
