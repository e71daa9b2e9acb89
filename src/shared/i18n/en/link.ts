/** `chela link` and `chela unlink`, and the same in Settings. */
export const link = {
  description: 'make chela a command of every shell',
  unlink: 'remove the command that chela link made',
  dir: 'the directory for it (default: the usual one of this system)',
  made: '{{file}} leads to {{target}}',
  notOnPath: 'Its directory is not on PATH. Add it, in the start-up file of your shell:',
  node: {
    missing: 'The command needs Node 22.12 or newer, and there is none on PATH. Install it first.',
    old: 'The command needs Node 22.12 or newer; on PATH is {{version}}. Install a newer one.',
  },
  removed: '{{file}} is removed.',
  nothing: 'There is no link to remove.',
  row: {
    title: 'Command line',
    label: 'The chela command',
    looking: 'Looking for the command',
    linked: '{{path}} runs this Chela.',
    notLinked: 'Not linked. It would be put at {{path}}.',
    elsewhere: '{{path}} runs another Chela. Linking replaces it with this one.',
    taken: '{{path}} belongs to something else and stays as it is. Move it away, then check again.',
    unavailable: {
      absent: 'This Chela came without the command, so there is nothing to link.',
      temporary:
        'This Chela runs from a temporary place, where a link would break. Install it first, or move it to the Applications folder.',
    },
    link: 'Link',
    linking: 'Linking',
    remove: 'Remove',
    removing: 'Removing',
    unwritableFix:
      'Make that directory writable for you, or run “chela link --dir” in a terminal with another one.',
    checkAgain: 'Check again',
    checking: 'Checking',
  },
};

export const linkErrors = {
  LINK_TAKEN: {
    title: 'Another chela is there',
    body: '{{file}} was not made by chela link, and stays as it is.',
    fix: 'Choose another directory with --dir, or move that file away.',
  },
  LINK_UNWRITABLE: {
    title: 'The command could not be put there',
    body: '{{file}} cannot be written ({{reason}}).',
    fix: 'Choose a directory of yours with --dir.',
  },
};
