/** A secret that `openclaw.json` refers to and that cannot be had here. `{{key}}` stands in `{{file}}`. */
export const secretErrors = {
  SECRET_REF_INVALID: {
    title: '{{key}} is not written as a secret',
    body: '{{key}} in {{file}}: {{reason}}.',
    fix: 'Write a text, or a reference with source, provider and id, at {{key}}.',
  },
  SECRET_PROVIDER_MISSING: {
    title: 'There is no secrets provider “{{provider}}”',
    body: '{{key}} in {{file}} refers to {{ref}}, but secrets.providers has no “{{provider}}” with source “{{source}}”.',
    fix: 'Add secrets.providers.{{provider}}, or name another provider at {{key}}.',
  },
  SECRET_PROVIDER_INVALID: {
    title: 'The secrets provider “{{provider}}” is not complete',
    body: '{{key}} in {{file}} needs secrets.providers.{{provider}}: {{reason}}.',
    fix: 'Correct secrets.providers.{{provider}} in {{file}}.',
  },
  SECRET_ENV_MISSING: {
    title: 'The variable {{variable}} is not set',
    body: '{{key}} in {{file}} takes its value from {{variable}}, which is not set or empty where Chela runs. Nothing else is used instead.',
    fix: 'Set {{variable}} in the environment that starts Chela, or change {{key}}.',
  },
  SECRET_ENV_NOT_ALLOWED: {
    title: 'The variable {{variable}} is not allowed',
    body: '{{key}} in {{file}} refers to {{variable}}, which is not in the allowlist of secrets.providers.{{provider}}.',
    fix: 'Add {{variable}} to the allowlist of secrets.providers.{{provider}}.',
  },
  SECRET_FILE_UNUSABLE: {
    title: 'The secret file cannot be used',
    body: '{{key}} in {{file}} refers to {{secretFile}}: {{reason}}.',
    fix: 'Make it a plain file that is yours, readable by you alone (chmod 600), with no other names.',
  },
  SECRET_FILE_CONTENT: {
    title: 'The secret is not in its file',
    body: '{{key}} in {{file}} refers to {{id}} in {{secretFile}}: {{reason}}.',
    fix: 'Correct the content of {{secretFile}}, or the id at {{key}}.',
  },
  SECRET_COMMAND_UNTRUSTED: {
    title: 'The secrets command is not run',
    body: '{{key}} in {{file}} asks {{command}}: {{reason}}.',
    fix: 'Name an absolute path of a program that is yours and that nobody else can change.',
  },
  SECRET_COMMAND_FAILED: {
    title: 'The secrets command gave no value',
    body: '{{key}} in {{file}} asks {{command}} for {{id}}: {{reason}}.',
    fix: 'Run the command yourself and see what it says; what it prints is never shown here.',
  },
  SECRET_VALUE_UNUSABLE: {
    title: 'The value of {{key}} cannot be a secret',
    body: '{{key}} in {{file}}: {{reason}}.',
    fix: 'Put the real secret in its place.',
  },
  SECRET_ONLY_GATEWAY: {
    title: 'Only the Gateway can resolve {{key}}',
    body: '{{key}} in {{file}} refers to {{ref}}: {{reason}}. Nothing else is used instead.',
    fix: 'Enter the token in Chela’s Settings, or let {{key}} refer to a variable, a file or a command.',
  },
  SERVER_AUTH_AMBIGUOUS: {
    title: 'A token and a password, but no mode',
    body: 'gateway.auth.token and gateway.auth.password are both set, so it is not clear how the Gateway shall let callers in.',
    fix: 'Set gateway.auth.mode to token or password in openclaw.json.',
  },
  TOKEN_STORE_ASK: {
    title: 'This computer has no place for secrets',
    body: 'There is no keychain that answers, so Chela does not know where to keep the token.',
    fix: 'Choose: only until Chela quits, or in a file that only you can read.',
  },
  TOKEN_STORE_FAILED: {
    title: 'The token could not be kept',
    body: '{{place}}: {{reason}}. The token that was stored before is still there.',
    fix: 'Unlock the keychain or free some space, then save again.',
  },
  TOKEN_STORE_UNREADABLE: {
    title: 'The stored token cannot be read',
    body: '{{place}}: {{reason}}. Nothing else is used instead.',
    fix: 'Unlock the keychain, or enter the token again in Settings.',
  },
};

/** What stands for `{{reason}}`. */
export const secretCauses = {
  SECRET_REF_INVALID: {
    shape: 'it is neither a text nor an object with source, provider and id',
    source: 'the source is none of env, file, exec and store',
    provider: 'a provider’s name is made of a-z, 0-9, _ and -, begins with a letter and has at most 64',
    variable: 'the name of a variable is made of A-Z, 0-9 and _, and begins with a letter',
    pointer: 'the id is no JSON pointer such as /gateway/token, and not “value”',
    command: 'the id has characters or path parts that are not allowed for a command',
  },
  SECRET_PROVIDER_INVALID: {
    shape: 'its settings have a value of the wrong kind',
    path: 'it names no file',
    command: 'it names no command',
  },
  SECRET_FILE_UNUSABLE: {
    absent: 'there is no such file',
    relative: 'the path is not absolute',
    forbidden: 'it may not be read',
    notAFile: 'it is not a plain file',
    link: 'it is a symbolic link',
    hardlinked: 'the same file has another name as well (hard link)',
    foreign: 'it belongs to another user',
    open: 'other users can read or change it',
    tooLarge: 'it is larger than {{limit}} bytes',
    slow: 'it could not be read within {{ms}} ms',
    unverifiable: 'its permissions cannot be verified on this system',
    binary: 'it is not text',
  },
  SECRET_FILE_CONTENT: {
    notJson: 'the file is not a JSON object',
    singleValue: 'this provider has one value, and its id is “value”',
    noValue: 'there is nothing at that place',
    notText: 'what is there is not a text',
    empty: 'it is empty',
  },
  SECRET_COMMAND_UNTRUSTED: {
    relative: 'the path is not absolute',
    absent: 'there is no such file',
    forbidden: 'it may not be looked at',
    link: 'it is a symbolic link',
    notAFile: 'it is not a plain file',
    foreign: 'it belongs to another user',
    open: 'other users can change it',
    dir: 'it is in none of the trustedDirs',
    unverifiable: 'its permissions cannot be verified on this system',
  },
  SECRET_COMMAND_FAILED: {
    spawn: 'it could not be started',
    exit: 'it ended with status {{status}}',
    signal: 'it was ended by a signal',
    slow: 'it took longer than {{ms}} ms',
    silent: 'it printed nothing for {{ms}} ms',
    tooMuch: 'it printed more than {{limit}} bytes',
    binary: 'what it printed is not text',
    notJson: 'what it printed is not JSON',
    protocol: 'its answer does not follow protocol version 1',
    notFound: 'it does not know this id (NOT_FOUND)',
    duplicate: 'more than one secret has this id (AMBIGUOUS_DUPLICATE_KEY)',
    refused: 'it reported an error for this id',
    noValue: 'its answer has no value for this id',
    notText: 'the value is not a text',
    empty: 'the value is empty',
  },
  SECRET_VALUE_UNUSABLE: {
    placeholder: 'it holds a placeholder, not a secret',
    control: 'it has line breaks or control characters in it',
    long: 'it is longer than {{limit}} characters',
  },
  SECRET_ONLY_GATEWAY: {
    store: 'it is in the Gateway’s own secret store',
    plugin: 'a plugin of the Gateway provides it',
  },
  TOKEN_STORE_FAILED: {
    keychain: 'the keychain did not take it',
    file: 'the file could not be written ({{errno}})',
  },
  TOKEN_STORE_UNREADABLE: {
    locked: 'the keychain does not answer',
    gone: 'the token is no longer there',
  },
};
