import { z } from 'zod';

/**
 * Something only a person can answer, in the middle of a connect. The engine waits until it is answered or
 * withdrawn (the attempt ended); a question that is no longer in the snapshot has been settled elsewhere.
 */
export const questionSchema = z.discriminatedUnion('kind', [
  z.object({
    id: z.string(),
    kind: z.literal('hostKey'),
    host: z.string(),
    port: z.number().int(),
    /** As OpenSSH names it: `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`. */
    keyType: z.string(),
    /** `SHA256:` and unpadded base64, as `ssh-keygen -lf` prints it. */
    fingerprint: z.string(),
    /** The key drawn as OpenSSH draws it, 11 lines; see `ssh-keygen -lv`. */
    art: z.string().optional(),
    /** The file a yes will add a line to. */
    knownHostsFile: z.string(),
  }),
  z.object({
    id: z.string(),
    kind: z.literal('passphrase'),
    identityFile: z.string(),
    /** True when the one given before was wrong. */
    wrongBefore: z.boolean(),
    /** True where an OS keychain is there to remember it. */
    canRemember: z.boolean(),
  }),
  z.object({
    id: z.string(),
    kind: z.literal('password'),
    user: z.string(),
    host: z.string(),
    wrongBefore: z.boolean(),
    canRemember: z.boolean(),
  }),
  /** Keyboard-interactive, RFC 4256: one or more prompts of the server's own, shown as they are. */
  z.object({
    id: z.string(),
    kind: z.literal('keyboardInteractive'),
    user: z.string(),
    host: z.string(),
    name: z.string(),
    instructions: z.string(),
    prompts: z.array(z.object({ prompt: z.string(), echo: z.boolean() })).min(1),
  }),
]);

export type Question = z.infer<typeof questionSchema>;

export const answerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hostKey'), trust: z.boolean() }),
  z.object({ kind: z.literal('passphrase'), passphrase: z.string(), remember: z.boolean().default(false) }),
  z.object({ kind: z.literal('password'), password: z.string(), remember: z.boolean().default(false) }),
  /** As many as there were prompts, in their order. */
  z.object({ kind: z.literal('keyboardInteractive'), answers: z.array(z.string()) }),
  z.object({ kind: z.literal('cancel') }),
]);

export type Answer = z.infer<typeof answerSchema>;
