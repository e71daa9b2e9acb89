export const questions = {
  hostKey: {
    title: 'Is this really {{host}}?',
    body: 'Chela has not met this computer before. It shows this key. Compare it with the computer itself before you trust it.',
    host: 'Host',
    keyType: 'Key type',
    fingerprint: 'Fingerprint',
    copy: 'Copy the fingerprint',
    copyCommand: 'Copy the command',
    compare:
      'Run this on {{host}}, at its own keyboard if you can. The fingerprint must be the same, letter for letter.',
    stored: 'If you trust it, the key is added to {{file}}.',
    trust: 'Trust and connect',
    refuse: 'Don’t connect',
  },
  passphrase: {
    title: 'The key is locked',
    body: 'Enter the passphrase of {{file}}. Chela does not store it.',
    label: 'Passphrase',
    wrong: 'That passphrase did not open the key. Try again.',
    unlock: 'Unlock',
    cancel: 'Cancel',
  },
};
