/** `simulate`: serves the exchange simulators and their control API until a signal ends it, or its parent is gone. */
import { fstatSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { Command, InvalidArgumentError, Option } from 'commander';
import { pino } from 'pino';
import { EXIT_PORT_TAKEN } from './port-block.ts';
import { DEFAULT_CONTROL_PORT, runSimulators, SimulatorOptionError } from '../simulators/host.ts';
import { marketOptionFault } from '../simulators/market/market-option.ts';

/** How often a child looks whether its parent lives, besides watching its pipe. */
const PARENT_CHECK_MS = 1000;
const MAX_PORT = 65_535;

interface SimulateOptions {
  readonly controlPort: number;
  readonly seed: number;
  readonly venues?: string[];
  readonly limits: 'on' | 'off';
  readonly market?: string[];
  readonly marketSpeed: number;
  readonly stateDir?: string;
  readonly parentPid?: number;
}

export const simulateCommand = new Command('simulate')
  .description('serve wire-compatible exchange simulators on loopback ports')
  .option(
    '--control-port <port>',
    'port of the control API; venues take the ports after it; 0: any free ones',
    wholeNumber(0, MAX_PORT),
    DEFAULT_CONTROL_PORT,
  )
  .option(
    '--seed <number>',
    'seed of the simulated markets (of a fresh state)',
    wholeNumber(0, 0xffff_ffff),
    7,
  )
  .option('--venues <names>', 'comma-separated; default: all', (text) =>
    text.split(',').map((name) => name.trim()),
  )
  .addOption(
    new Option('--limits <on|off>', "the venues' rate and count limits").choices(['on', 'off']).default('on'),
  )
  .option(
    '--market <source>',
    'mirror or mirror:SYMBOL,SYMBOL follows the live exchange; record:FILE or record:SYMBOL=FILE repeats recorded candles (.csv) or books (.jsonl), also several times; without it prices walk by the seed',
    marketOf,
  )
  .option('--market-speed <factor>', 'how many times faster a recording comes', wholeNumber(1, 10_000), 1)
  .option('--state-dir <directory>', 'keep the state there, and resume from it; without it nothing is kept')
  .option(
    '--parent-pid <pid>',
    'end when this process is gone or closes our standard input',
    wholeNumber(1, 0x7fff_ffff),
  )
  .action(simulate);

function marketOf(text: string, former: string[] = []): string[] {
  const fault = marketOptionFault(text);
  if (fault !== null) throw new InvalidArgumentError(fault);
  return [...former, text];
}

async function simulate(options: SimulateOptions): Promise<void> {
  const logger = pino({ name: 'simulators', level: process.env['LOG_LEVEL'] ?? 'info' }, pino.destination(2));
  const fail = (failure: unknown): void => {
    logger.fatal({ err: failure }, 'the state cannot be written; ending');
    process.exit(1);
  };
  const { controlPort, seed, venues, limits, market, marketSpeed, stateDir } = options;
  // A parent that is gone before this is printed is noticed in `endWell`.
  process.stdout.on('error', () => undefined);
  const isChild = options.parentPid !== undefined;
  const onStep = (step: string): void => void process.stdout.write(`${JSON.stringify({ step })}\n`);
  if (isChild) onStep('reading its state');
  try {
    const simulators = await runSimulators({
      controlPort,
      seed,
      limits: limits === 'on',
      stateDirectory: stateDir ?? null,
      logger,
      onFailure: fail,
      ...(isChild ? { onStep } : {}),
      ...(venues === undefined ? {} : { venues }),
      // A service has other accounts too, and starts; by hand a mirror of nothing is an error.
      requiresLive: options.parentPid === undefined,
      ...(market === undefined ? {} : { market, speed: marketSpeed }),
    });
    // As the service does before it is ready.
    flushCompileCache();
    endWell(simulators.close, options.parentPid ?? null, (reason) => logger.info({ reason }, 'ending'));
    // For a parent that starts this on free ports.
    process.stdout.write(`${JSON.stringify({ ready: true, control: simulators.controlUrl })}\n`);
    logger.info(
      { control: simulators.controlUrl, venues: [...simulators.venues.keys()] },
      'simulators ready',
    );
  } catch (failure) {
    const takenPort = portTaken(failure);
    if (takenPort !== null) {
      process.stderr.write(
        `control-port: port ${takenPort} is in use by another process; choose others, or 0 for any free ones\n`,
      );
      process.exitCode = EXIT_PORT_TAKEN;
      return;
    }
    if (!(failure instanceof SimulatorOptionError)) throw failure;
    // A parent reports the problem itself.
    if (!isChild) process.stderr.write(`${failure.message}\n`);
    else process.stdout.write(`${JSON.stringify({ ready: false, problem: failure.message })}\n`);
    process.exitCode = 2;
  }
}

/** The port that another process serves on, if the start failed by that; null for any other failure. */
function portTaken(failure: unknown): number | null {
  return failure instanceof Error &&
    'code' in failure &&
    failure.code === 'EADDRINUSE' &&
    'port' in failure &&
    typeof failure.port === 'number'
    ? failure.port
    : null;
}

/** Closes once, on a signal or when the parent is gone; a second signal ends at once. */
function endWell(
  close: () => Promise<void>,
  parentPid: number | null,
  report: (reason: string) => void,
): void {
  let isEnding = false;
  const end = (reason: string): void => {
    if (isEnding) process.exit(1);
    isEnding = true;
    report(reason);
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  // Ctrl-C reaches the parent too, which still needs the simulator while it ends, and ends it then.
  process.on('SIGINT', parentPid === null ? () => end('SIGINT') : () => undefined);
  const orphaned = (): void => {
    if (!isEnding) end('the parent is gone');
  };
  if (process.channel !== undefined) process.on('disconnect', orphaned);
  if (parentPid === null) return;
  // A pipe closes with its other end, whatever killed that; a parent that gave none is watched by its id alone.
  const input = fstatSync(0);
  if (input.isFIFO() || input.isSocket()) process.stdin.on('end', orphaned).on('error', orphaned).resume();
  setInterval(() => {
    if (!isRunning(parentPid)) orphaned();
  }, PARENT_CHECK_MS).unref();
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (failure) {
    return failure instanceof Error && 'code' in failure && failure.code === 'EPERM';
  }
}

function wholeNumber(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < lowest || value > highest)
      throw new InvalidArgumentError(`must be a whole number from ${lowest} to ${highest}`);
    return value;
  };
}
