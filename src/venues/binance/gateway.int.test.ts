import { runSimulators } from '../../simulators/host.ts';
import { ControlClient } from '../conformance/control.ts';
import { conformanceSuite } from '../conformance/suite.ts';
import { BINANCE_CAPABILITIES } from './capabilities.ts';
import { createBinanceGateway } from './gateway.ts';

conformanceSuite({
  venue: 'binance',
  capabilities: BINANCE_CAPABILITIES,
  kinds: ['spot', 'linear_swap'],
  open: async ({ limits }) => {
    const simulators = await runSimulators({ controlPort: 0, limits, venues: ['binance'] });
    const venue = simulators.venues.get('binance');
    const urls = venue?.urls ?? null;
    if (urls === null) throw new Error('binance is not simulated');
    return {
      control: new ControlClient(simulators.controlUrl, 'binance'),
      endpoints: { rest: urls.restUrl, ws: urls.wsUrl },
      symbols: { spot: 'BTC/USDT', linear_swap: 'BTC/USDT:USDT' },
      // Spot: the order's state, then the execution. USD-M tells each execution in a short form first.
      messagesToFirstExecution: { spot: 2, linear_swap: 3 },
      createGateway: (options) => createBinanceGateway(options),
      close: () => simulators.close(),
    };
  },
});
