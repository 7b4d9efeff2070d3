/** The command line: `serve` runs the service, `simulate` the exchange simulators. */
import { Command } from 'commander';
import { simulateCommand } from './simulate.ts';

const program = new Command('plimsoll')
  .description('places and looks after live orders on crypto exchanges')
  .showHelpAfterError();

program
  .command('serve', { isDefault: true })
  .description('run the service; settings come from environment variables')
  .action(async () => {
    // Loaded when it is needed: a simulator has no use for the engine.
    const { serve } = await import('./serve.ts');
    await serve(process.env);
  });
program.addCommand(simulateCommand);

await program.parseAsync();
