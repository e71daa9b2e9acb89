/** What `ssh` wants to know, by the words in which it asks. Source: readpass.c, sshconnect.c and sshconnect2.c of OpenSSH. */
export type Prompt =
  | {
      readonly kind: 'hostKey';
      /** Absent where the prompt was cut: then it is the host of the target. */
      readonly host?: string;
      readonly port?: number;
      readonly keyType?: string;
      readonly fingerprint?: string;
      /** It takes the fingerprint itself for a yes. */
      readonly takesFingerprint: boolean;
    }
  | { readonly kind: 'passphrase'; readonly identityFile: string }
  | { readonly kind: 'password'; readonly user: string; readonly host: string }
  /** A security key waits for a touch; nothing is to be answered. */
  | { readonly kind: 'presence'; readonly text: string }
  /** Prompts of the server's own, PINs, and what a later OpenSSH may ask. */
  | { readonly kind: 'other'; readonly text: string; readonly echo: boolean };

/** `hint` is SSH_ASKPASS_PROMPT: `none` for a mere notice, `confirm` for yes or no, else empty. */
export function classifyPrompt(text: string, hint: string): Prompt {
  if (/^The authenticity of host |Are you sure you want to continue connecting/.test(text)) {
    return { kind: 'hostKey', takesFingerprint: /\[fingerprint\]/.test(text), ...parseHostKeyPrompt(text) };
  }
  if (hint === 'none') return { kind: 'presence', text: text.trim() };
  const passphrase = /^Enter passphrase for (?:key )?'?(.+?)'?: *$/.exec(text);
  if (passphrase?.[1] !== undefined) return { kind: 'passphrase', identityFile: passphrase[1] };
  const password = /^(.+)@(.+?)'s password: *$/.exec(text);
  if (password?.[1] !== undefined && password[2] !== undefined) {
    return { kind: 'password', user: password[1], host: password[2] };
  }
  return { kind: 'other', text: text.replace(/^\(\S+@\S+\) /, '').trimEnd(), echo: hint === 'confirm' };
}

function parseHostKeyPrompt(text: string): Partial<Extract<Prompt, { kind: 'hostKey' }>> {
  const name = /^The authenticity of host '(.+?)(?: \(.*\))?' can't be established/.exec(text)?.[1];
  const bracketed = name === undefined ? null : /^\[(.+)\]:(\d+)$/.exec(name);
  const host = bracketed?.[1] ?? name;
  const key = /^(\S+) key fingerprint is (?:\S+ )*?(SHA256:[A-Za-z0-9+/]+)/m.exec(text);
  const keyType = key?.[1];
  const fingerprint = key?.[2];
  return {
    ...(host !== undefined && { host, port: Number(bracketed?.[2] ?? 22) }),
    ...(keyType !== undefined && { keyType: keyTypes[keyType] ?? keyType }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

/** By the short names in prompts. ECDSA stands for three curves, so it stays as it is. */
const keyTypes: Record<string, string> = {
  ED25519: 'ssh-ed25519',
  RSA: 'ssh-rsa',
  'ED25519-SK': 'sk-ssh-ed25519@openssh.com',
  'ECDSA-SK': 'sk-ecdsa-sha2-nistp256@openssh.com',
};
