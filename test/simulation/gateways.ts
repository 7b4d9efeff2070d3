/**
 * The gateway of one simulated process: the venue's own over its wire, or the light one.
 *
 * Entry point: `gatewayOf`.
 */
import type { AccountId, AccountMode } from '../../src/core/ids.ts';
import type { Clock } from '../../src/engine/clock.ts';
import type { Credentials } from '../../src/venues/ccxt/exchange.ts';
import type { Gateway } from '../../src/venues/gateway.ts';
import { GatewayRegistry } from '../../src/venues/registry.ts';
import { InProcessTransport, type InProcessTransportOptions } from './in-process-transport.ts';
import { SimulatedGateway, type GatewayConnections } from './simulated-gateway.ts';
import { OUR_ACCOUNT, type SimulatedVenue } from './venue.ts';
import { gatewaySchedulerOf } from './virtual-time.ts';

export interface GatewaySurroundings extends InProcessTransportOptions {
  readonly accountId: AccountId;
  readonly mode: AccountMode;
  /** The process's own clock. */
  readonly clock: Clock;
  /** As `Platform.random`. */
  readonly random: () => number;
  /** Executions in one page of the light gateway. */
  readonly fillsPage: number;
}

export interface ProcessGateway {
  readonly gateway: Gateway;
  readonly connections: GatewayConnections;
  /** Under the real gateway; null under the light one. */
  readonly transport: InProcessTransport | null;
}

/** A gateway that is not started. The real one keeps nothing that another process of the world has. */
export function gatewayOf(kind: 'real' | 'light', surroundings: GatewaySurroundings): ProcessGateway {
  const { accountId, clock, mode, random, venue } = surroundings;
  if (kind === 'light') {
    const gateway = new SimulatedGateway({ ...surroundings, now: () => clock.now() });
    return { gateway, connections: gateway, transport: null };
  }
  const transport = new InProcessTransport(surroundings);
  const gateway = new GatewayRegistry().create(venue.setting.venue, {
    accountId,
    mode,
    credentials: credentialsOf(venue),
    endpoints: { rest: 'http://simulated', ws: 'ws://simulated' },
    kinds: venue.setting.swap ? ['spot', 'linear_swap'] : ['spot'],
    platform: { scheduler: gatewaySchedulerOf(clock), transport, random },
  });
  let isStarted = false;
  const start = gateway.start.bind(gateway);
  gateway.start = async (listener) => {
    await start(listener);
    isStarted = true;
  };
  const connections: GatewayConnections = {
    get isStarted() {
      return isStarted;
    },
    breakStream: (durationMs) => transport.breakStream(durationMs),
    disconnect: () => transport.disconnect(),
  };
  return { gateway, connections, transport };
}

function credentialsOf({ onWire }: SimulatedVenue): Credentials {
  const { key, passphrase, secret } = onWire.credentials(OUR_ACCOUNT);
  return { apiKey: key, secret, ...(passphrase === null ? {} : { password: passphrase }) };
}
