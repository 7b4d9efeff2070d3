/** The metrics of /metrics: the process, requests by route, and orders by how they were answered. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { PortfolioId } from '../core/ids.ts';
import { highestRatio } from '../core/risk/liquidation.ts';
import type { Desk } from '../engine/desk.ts';
import { registerRiskMetrics } from './risk-metrics.ts';

export interface ServiceMetrics {
  readonly registry: Registry;
  readonly requestSeconds: Histogram<'method' | 'route' | 'status'>;
  readonly orderAnswers: Counter<'exchange' | 'answer'>;
  readonly streamClients: Gauge;
}

export function createMetrics(desks: () => readonly Desk[]): ServiceMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'plimsoll_' });
  const ready = new Gauge({
    name: 'plimsoll_portfolio_ready',
    help: '1 while the portfolio takes orders on this node: it is recovered, and its journal takes records.',
    labelNames: ['portfolio'],
    registers: [registry],
    collect: () => {
      for (const desk of desks())
        ready.set({ portfolio: desk.portfolioId }, desk.ready && desk.journalTrouble === null ? 1 : 0);
    },
  });
  const openOrders = new Gauge({
    name: 'plimsoll_open_orders',
    help: 'Orders that are not finished, by status.',
    labelNames: ['portfolio', 'status'],
    registers: [registry],
    collect: async () => {
      openOrders.reset();
      for (const desk of desks()) {
        if (!desk.ready) continue;
        for (const order of (await desk.books.openOrders({})).value)
          openOrders.inc({ portfolio: desk.portfolioId, status: order.status });
      }
    },
  });
  const drift = new Gauge({
    name: 'plimsoll_drift_cases',
    help: 'Open drift cases, by kind.',
    labelNames: ['portfolio', 'kind'],
    registers: [registry],
    collect: async () => {
      drift.reset();
      for (const desk of desks()) {
        if (!desk.ready) continue;
        for (const { kind } of (await desk.books.drift()).value)
          drift.inc({ portfolio: desk.portfolioId, kind });
      }
    },
  });
  const blind = new Gauge({
    name: 'plimsoll_blind_seconds',
    help: 'For how long the equity of an account has not been known from its venue, by account and reason.',
    labelNames: ['portfolio', 'account', 'why'],
    registers: [registry],
    collect: async () => {
      blind.reset();
      for (const desk of desks()) {
        if (!desk.ready) continue;
        for (const { accountId, why, since } of (await desk.books.risk()).value.blind)
          blind.set(
            { portfolio: desk.portfolioId, account: accountId, why },
            Math.max(0, (Date.now() - since) / 1_000),
          );
      }
    },
  });
  const marginRatio = new Gauge({
    name: 'plimsoll_margin_ratio',
    help: 'Maintenance margin of an account as a fraction of what stands behind it, where it is known; liquidation is at 1.',
    labelNames: ['portfolio', 'account'],
    registers: [registry],
    collect: async () => {
      marginRatio.reset();
      for (const desk of desks()) {
        if (!desk.ready) continue;
        for (const { accountId, actual } of (await desk.books.risk()).value.margins) {
          const ratio = actual === null ? null : highestRatio(actual);
          if (ratio !== null)
            marginRatio.set({ portfolio: desk.portfolioId, account: accountId }, ratio.toApproximateNumber());
        }
      }
    },
  });
  const liquidationDistance = new Gauge({
    name: 'plimsoll_liquidation_distance',
    help: 'From the mark of a position to its liquidation price as a fraction of the mark, where it is known.',
    labelNames: ['portfolio', 'account', 'symbol', 'position_side'],
    registers: [registry],
    collect: async () => {
      liquidationDistance.reset();
      for (const desk of desks()) {
        if (!desk.ready) continue;
        for (const { accountId, actual } of (await desk.books.risk()).value.margins)
          for (const { symbol, positionSide, liquidationDistance: left } of actual?.positions ?? [])
            if (left !== null)
              liquidationDistance.set(
                { portfolio: desk.portfolioId, account: accountId, symbol, position_side: positionSide },
                left.toApproximateNumber(),
              );
      }
    },
  });
  const missingStop = new Gauge({
    name: 'plimsoll_missing_stop_seconds',
    help: 'For how long a stop that was canceled to make room for another order has not been in its place again.',
    labelNames: ['portfolio', 'account', 'symbol', 'position_side'],
    registers: [registry],
    collect: async () => {
      missingStop.reset();
      for (const desk of desks()) {
        if (!desk.ready) continue;
        for (const { accountId, symbol, positionSide, since } of (await desk.books.risk()).value.lostStops)
          missingStop.set(
            { portfolio: desk.portfolioId, account: accountId, symbol, position_side: positionSide },
            Math.max(0, (Date.now() - since) / 1_000),
          );
      }
    },
  });
  const marginAlarm = new Gauge({
    name: 'plimsoll_margin_alarm_seconds',
    help: 'For how long an account or position has been near liquidation, or that has not been known, by alarm.',
    labelNames: ['portfolio', 'account', 'alarm', 'symbol', 'position_side'],
    registers: [registry],
    collect: async () => {
      marginAlarm.reset();
      for (const desk of desks()) {
        if (!desk.ready) continue;
        for (const alarm of (await desk.books.risk()).value.marginAlarms)
          marginAlarm.set(
            {
              portfolio: desk.portfolioId,
              account: alarm.accountId,
              alarm: alarm.kind,
              symbol: alarm.symbol ?? '',
              position_side: alarm.positionSide ?? '',
            },
            Math.max(0, (Date.now() - alarm.since) / 1_000),
          );
      }
    },
  });
  const protectionAlarm = new Gauge({
    name: 'plimsoll_protection_alarm_seconds',
    help: 'For how long a stop has not protected its position, by alarm: the longest of those of a position.',
    labelNames: ['portfolio', 'account', 'alarm', 'symbol', 'position_side'],
    registers: [registry],
    collect: async () => {
      protectionAlarm.reset();
      for (const desk of desks()) {
        if (!desk.ready) continue;
        const { protectionAlarms } = (await desk.books.risk()).value;
        for (const alarm of protectionAlarms.toSorted((one, other) => other.since - one.since))
          protectionAlarm.set(
            {
              portfolio: desk.portfolioId,
              account: alarm.accountId,
              alarm: alarm.kind,
              symbol: alarm.symbol,
              position_side: alarm.positionSide,
            },
            Math.max(0, (Date.now() - alarm.since) / 1_000),
          );
      }
    },
  });
  registerRiskMetrics(registry, desks);
  return {
    registry,
    requestSeconds: new Histogram({
      name: 'plimsoll_http_request_seconds',
      help: 'Time from the request to the end of the answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
    orderAnswers: new Counter({
      name: 'plimsoll_order_answers_total',
      help: 'Order requests by how they were answered: a status of the order, or a problem code.',
      labelNames: ['exchange', 'answer'],
      registers: [registry],
    }),
    streamClients: new Gauge({
      name: 'plimsoll_stream_clients',
      help: 'Open WebSocket connections.',
      registers: [registry],
    }),
  };
}

/** The text of all metrics without the samples of other portfolios. */
export function ofPortfolio(text: string, portfolioId: PortfolioId): string {
  return text
    .split('\n')
    .filter((line) => {
      // A quote within a value is escaped: this begins a label and nothing else.
      const [, owner] = /^\w+\{(?:.*,)?portfolio="([^"]*)"/.exec(line) ?? [];
      return owner === undefined || owner === portfolioId;
    })
    .join('\n');
}
