import { Argument, Command } from 'commander';
import { withLoudness } from './shared.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const help = `
Prints a script that makes the Tab key know commands, options, and the connections, streams, exports, KPIs, pools and
channels of the configuration. It works for \`incentive-sync\` and for \`npx incentive-sync\`, asks no server, and needs
no secret. To have it in every new shell:

  bash    add to ~/.bashrc:                     source <(incentive-sync completion bash)
  zsh     add to ~/.zshrc:                      source <(incentive-sync completion zsh)
  fish    add to ~/.config/fish/config.fish:    incentive-sync completion fish | source

Where the command is not on the PATH, write \`npx --prefix FOLDER incentive-sync\` with the folder it is installed in.

Examples:
  incentive-sync completion bash                                   the script, to look at it
  incentive-sync completion zsh > ~/.zfunc/_incentive-sync         as a file in a folder of zsh's fpath`;

export function completionCommand(): Command {
  return withLoudness(new Command('completion'))
    .description('print a script that completes commands and names in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText('after', help)
    .action(async (shell: Shell) => {
      const { completionScript } = await import('./completion-scripts.ts');
      process.stdout.write(completionScript(shell));
    });
}

/** What the scripts call at each Tab. It never tells an error: that would be written into the line being typed. */
export function completeCommand(): Command {
  return new Command('__complete')
    .argument('[words...]', 'what stands after the command, up to the cursor')
    .helpOption(false)
    .action(async (words: string[], _: unknown, command: Command) => {
      const { completionLines } = await import('./completion-candidates.ts');
      const root = command.parent;
      if (root !== null) process.stdout.write(completionLines(root, words));
    });
}
