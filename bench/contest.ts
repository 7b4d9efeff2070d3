/**
 * Everything that is measured against one venue: bare ccxt, the naive gateway and the service, each warm in a process of
 * its own, and the slices that alternate between them.
 *
 * Entry points: `openContest`, `Contest`.
 */
import { registerPaperAccount } from '../src/cli/simulator-process.ts';
import { join } from 'node:path';
import { cpus } from 'node:os';
import type { Slice, SliceDone } from './bare-ccxt.ts';
import { nextMessage, type Child, type Children } from './children.ts';
import { HttpLoad, othersTolerated, type LoadResult } from './http-load.ts';
import type { NaiveReady } from './naive-gateway.ts';
import type { VenueAddress } from './plain-ccxt.ts';
import {
  ADMIN_TOKEN,
  ServiceUnderTest,
  naiveOrderBody,
  orderBody,
  ORDERS_PATH,
  venueOrderIdIn,
} from './service.ts';
import type { SliceOutcome, Subject } from './slices.ts';
import { cpuOf, cpuOfTree, postmasterOf } from './usage.ts';

export type SubjectName = 'bare ccxt' | 'naive gateway' | 'service';

export interface Contest {
  readonly service: ServiceUnderTest;
  /** Ids at the venue of every order that was acknowledged, by whomever. */
  readonly acknowledged: readonly string[];
  /** Requests that were answered with something else than an order, so far. */
  refused(): number;
  subject(name: SubjectName, callers: number): Subject;
  close(): Promise<void>;
}

export interface VenueUnderTest {
  readonly address: VenueAddress;
  readonly controlUrl: string;
  /** Whose CPU the venue costs. */
  readonly pid: number;
  /** Distinguishes the processes of several contests. */
  readonly label: string;
}

export async function openContest(
  children: Children,
  venue: VenueUnderTest,
  options: { readonly nodeFlags?: string } = {},
): Promise<Contest> {
  // An account each: the others' trades would be external to the service and add events to its private stream.
  const [bareAddress, naiveAddress] = await Promise.all(
    ['bare', 'naive'].map(async (accountId) => {
      const { key, secret } = await registerPaperAccount(venue.controlUrl, 'binance', { accountId });
      return JSON.stringify({ ...venue.address, key, secret });
    }),
  );
  if (bareAddress === undefined || naiveAddress === undefined)
    throw new TypeError('two accounts were asked for');
  const naiveDirectory = join(children.root, `${venue.label}-naive`);
  const [service, bare, naive] = await Promise.all([
    ServiceUnderTest.start(children, {
      name: `${venue.label}-service`,
      controlUrl: venue.controlUrl,
      ...options,
    }),
    startAndAwaitAddress(children, `${venue.label}-bare-ccxt`, 'bare-ccxt.ts', [bareAddress]),
    startAndAwaitAddress(children, `${venue.label}-naive-gateway`, 'naive-gateway.ts', [
      naiveDirectory,
      naiveAddress,
    ]),
  ]);
  const naivePort = (naive.message as NaiveReady).port;
  const naivePostmaster = await postmasterOf(naiveDirectory);
  const acknowledged: string[] = [];
  const note = (body: string): void => {
    const id = venueOrderIdIn(body);
    if (id === null) throw new Error(`an acknowledged order without the venue's id: ${body}`);
    acknowledged.push(id);
  };
  const serviceLoad = new HttpLoad(
    { port: service.port, path: ORDERS_PATH, tokens: [ADMIN_TOKEN] },
    orderBody,
    note,
  );
  const naiveLoad = new HttpLoad({ port: naivePort, path: '/orders', tokens: [''] }, naiveOrderBody, note);

  const runBare = async (slice: Slice): Promise<SliceOutcome> => {
    const answered = nextMessage<SliceDone>(bare.child);
    bare.child.process.send(slice);
    const done = await answered;
    if (done.failures.length > 0) throw new Error(`bare ccxt: ${done.failures.join('\n')}`);
    acknowledged.push(...done.venueOrderIds);
    return done;
  };
  let refused = 0;
  const tolerating = (name: string, result: LoadResult): LoadResult => {
    refused += othersTolerated(name, result);
    return result;
  };
  const load = async (): Promise<number> => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  };
  const atVenue = { venue: () => cpuOf(venue.pid) };
  const subjects: Readonly<Record<SubjectName, Omit<Subject, 'name' | 'callers' | 'run'>>> = {
    'bare ccxt': { cpu: { gateway: () => cpuOf(bare.child.pid), ...atVenue } },
    'naive gateway': {
      cpu: {
        gateway: () => cpuOf(naive.child.pid),
        database: () => cpuOfTree(naivePostmaster.pid),
        ...atVenue,
        load,
      },
    },
    service: {
      cpu: {
        gateway: () => cpuOf(service.pid),
        database: () => cpuOfTree(service.postmaster.pid),
        ...atVenue,
        load,
      },
    },
  };
  return {
    service,
    acknowledged,
    refused: () => refused,
    subject: (name, callers) => ({
      ...subjects[name],
      name,
      callers,
      run: async (forMs) => {
        switch (name) {
          case 'bare ccxt':
            return runBare({ callers, forMs });
          case 'naive gateway':
            return tolerating(name, await naiveLoad.run(callers, forMs));
          case 'service':
            return tolerating(name, await serviceLoad.run(callers, forMs));
        }
      },
    }),
    close: async () => {
      serviceLoad.close();
      naiveLoad.close();
      await Promise.all([service.stop(), bare.child.stop(), naive.child.stop()]);
    },
  };
}

async function startAndAwaitAddress(
  children: Children,
  name: string,
  file: string,
  programArguments: readonly string[],
): Promise<{ readonly child: Child; readonly message: unknown }> {
  const child = await children.fork(name, file, programArguments);
  return { child, message: await nextMessage<unknown>(child) };
}

/** Whether a load generator that used this much CPU an order may itself have been what held the rate down. */
export function isLoadTheLimit(loadMsPerOrder: number, ordersPerSecond: number): boolean {
  return loadMsPerOrder * ordersPerSecond > 900;
}

export const PROCESSORS = cpus().length;
