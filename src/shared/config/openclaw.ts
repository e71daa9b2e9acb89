import { z } from 'zod';
import { authSectionShape, gatewaySectionShape, nodesSectionShape } from './gateway-section.ts';
import { lenient } from './lenient.ts';
import { agentKeys } from './openclaw-agent.ts';
import { hostKeyPolicySchema, modeSchema, portSchema, remoteTransportSchema } from './settings.ts';

/**
 * The keys of `openclaw.json` that Chela reads (source: the `openclaw` package's docs/gateway, configuration
 * reference). All optional, all lenient; unknown keys are of no concern because Chela does not write the file.
 */
export const openclawConfigSchema = z.looseObject({
  gateway: lenient(
    z.looseObject({
      mode: lenient(modeSchema),
      port: lenient(portSchema),
      ...gatewaySectionShape,
      auth: lenient(
        z.looseObject({ ...authSectionShape, token: lenient(z.string()), password: lenient(z.string()) }),
      ),
      nodes: lenient(z.looseObject(nodesSectionShape)),
      remote: lenient(
        z.looseObject({
          url: lenient(z.string()),
          transport: lenient(remoteTransportSchema),
          tlsFingerprint: lenient(z.string()),
          sshTarget: lenient(z.string()),
          sshIdentity: lenient(z.string()),
          remotePort: lenient(portSchema),
          sshHostKeyPolicy: lenient(hostKeyPolicySchema),
          token: lenient(z.string()),
          password: lenient(z.string()),
        }),
      ),
    }),
  ),
  ...agentKeys,
});

export type OpenclawConfig = z.infer<typeof openclawConfigSchema>;
