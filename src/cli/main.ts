/**
 * The command line: `serve` runs the service, `simulate` the exchange simulators, `verify` and `replay` check what is stored,
 * `backup` and `restore` copy an installation into one file and back, `admin` opens it to an admin who is locked out.
 */
import type { Command as CommandType } from 'commander';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Stripped and compiled code is kept between starts: half the time and memory of a start. The cache is beside the installed
// packages: a user who may write there may change the code itself. Where it cannot be written, nothing is kept.
enableCompileCache(join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'plimsoll'));

const { Command } = await import('commander');
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
// Each command is loaded when it is the one asked for; all of them only to be listed.
const others: Readonly<Record<string, () => Promise<CommandType>>> = {
  simulate: async () => (await import('./simulate.ts')).simulateCommand,
  verify: async () => (await import('./verify.ts')).verifyCommand,
  replay: async () => (await import('./replay.ts')).replayCommand,
  backup: async () => (await import('./backup.ts')).backupCommand,
  restore: async () => (await import('./restore.ts')).restoreCommand,
  admin: async () => (await import('./admin.ts')).adminCommand,
};
const asked = process.argv[2] ?? '';
if (asked !== 'serve') {
  const only = others[asked];
  for (const load of only === undefined ? Object.values(others) : [only])
    program.addCommand((await load()).copyInheritedSettings(program));
}

await program.parseAsync();
