/** Why a Gateway of this computer does not open its door. */
export const gatewayServerErrors = {
  GATEWAY_RUNS_ALREADY: {
    title: 'A Gateway runs already on port {{port}}',
    body: '{{command}} (process {{pid}}) runs it. One is enough for a computer.',
    fix: 'Let Chela use that one: choose port {{port}} and “Automatic” in Settings.',
  },
  ATTACHED_GATEWAY_ENDED: {
    title: 'The Gateway that was used has ended',
    body: 'Chela used a Gateway that already ran on port {{port}}; it is gone.',
    fix: 'Nothing to do: if it does not come back, Chela starts its own.',
  },
  LOCAL_GATEWAY_NOT_OURS: {
    title: 'The Gateway on port {{port}} belongs to another user',
    body: 'Another user of this computer listens there. Chela sent it neither a token nor a password.',
    fix: 'Choose another port for your own Gateway in Settings.',
  },
  SERVER_BIND_NEEDS_AUTH: {
    title: 'Refused to open the Gateway to the network without authentication',
    body: 'gateway.bind is “{{bind}}”, so other computers could reach it, and nobody has set how they prove who they are.',
    fix: 'Set gateway.auth.token, gateway.auth.password or gateway.auth.mode “trusted-proxy”, or set gateway.bind to “loopback”.',
  },
  SERVER_BIND_INVALID: {
    title: 'The Gateway cannot listen where it is told to',
    body: '{{reason}}',
    fix: 'Correct gateway.bind and gateway.customBindHost in openclaw.json.',
  },
  SERVER_PROXY_INCOMPLETE: {
    title: 'The trusted proxy is not described',
    body: 'gateway.auth.mode is “trusted-proxy”, and gateway.auth.trustedProxy.userHeader does not say which header names the user.',
    fix: 'Set gateway.auth.trustedProxy.userHeader and gateway.trustedProxies in openclaw.json.',
  },
  SERVER_TAILSCALE_FAILED: {
    title: 'Tailscale Serve could not be set up',
    body: '{{reason}}',
    fix: 'Check “tailscale status” and “tailscale serve status”, or set gateway.tailscale.mode to “off”.',
  },
  SERVER_TAILSCALE_NEEDS_AUTH: {
    title: 'Refused to open the Gateway to the tailnet without authentication',
    body: 'gateway.tailscale.mode is “serve”, and gateway.auth.mode is “none”.',
    fix: 'Set gateway.auth.mode to “token” or “password”, or set gateway.tailscale.mode to “off”.',
  },
};
