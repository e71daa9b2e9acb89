/** Errors of the command line itself, and the causes of CLI_INPUT. */
export const cliErrors = {
  CLI_USAGE: {
    title: 'That command line cannot be carried out',
    body: '{{reason}}',
    fix: 'See {{help}}',
  },
  CLI_INPUT: {
    title: '{{source}} cannot be used',
    body: '{{reason}}',
    fix: 'Give another one and run the command again.',
  },
};
